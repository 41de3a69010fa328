/** A box on a picture as it is dragged: handles, ratio, bounds. In fractions of the picture; pure functions. */
import type { Box } from "./geometry";

export type Point = readonly [x: number, y: number];
/** Which edges a handle moves: -1 the left or upper one, 1 the right or lower one, 0 neither. */
export type Handle = readonly [across: -1 | 0 | 1, down: -1 | 0 | 1];

export const HANDLES: readonly Handle[] = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];
const INSIDE: Handle = [0, 0];

const DECIMALS = 1e4;

export function clamp(value: number, least = 0, most = 1): number {
  return Math.min(most, Math.max(least, value));
}

export function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}

/** A box with its edges in order, inside the picture, with a thickness, and with few decimals. */
export function tidy(box: Box): Box {
  const [left, right] = tidyRange(box[0], box[2]);
  const [top, bottom] = tidyRange(box[1], box[3]);
  return [left, top, right, bottom];
}

function tidyRange(first: number, second: number): [number, number] {
  const start = rounded(clamp(Math.min(first, second)));
  const end = rounded(clamp(Math.max(first, second)));
  const least = 1 / DECIMALS;
  return end > start ? [start, end] : start < 1 ? [start, rounded(start + least)] : [rounded(1 - least), 1];
}

export function handleAt([across, down]: Handle, box: Box): Point {
  return [box[0] + ((across + 1) / 2) * (box[2] - box[0]), box[1] + ((down + 1) / 2) * (box[3] - box[1])];
}

/** What is grabbed at a point: a handle, the inside as [0, 0], or null. `reach` is in fractions across and down. */
export function grabbed(box: Box, point: Point, reach: Point): Handle | null {
  const near = HANDLES.filter((handle) => {
    const at = handleAt(handle, box);
    return Math.abs(at[0] - point[0]) <= reach[0] && Math.abs(at[1] - point[1]) <= reach[1];
  });
  // Corners before edges: on a small box they lie over each other.
  const handle = near.find(([across, down]) => across !== 0 && down !== 0) ?? near[0];
  if (handle !== undefined) return handle;
  const inside = point[0] > box[0] && point[0] < box[2] && point[1] > box[1] && point[1] < box[3];
  return inside ? INSIDE : null;
}

export function movedBy(box: Box, across: number, down: number): Box {
  const x = clamp(across, -box[0], 1 - box[2]);
  const y = clamp(down, -box[1], 1 - box[3]);
  return tidy([box[0] + x, box[1] + y, box[2] + x, box[3] + y]);
}

/**
 * A box with one handle moved to a point.
 *
 * @param ratio Width over height to keep, both in fractions of the picture; null for any.
 */
export function resized(box: Box, handle: Handle, to: Point, ratio: number | null): Box {
  const [across, down] = handle;
  const x = clamp(to[0]);
  const y = clamp(to[1]);
  const free: Box = [across < 0 ? x : box[0], down < 0 ? y : box[1], across > 0 ? x : box[2], down > 0 ? y : box[3]];
  if (ratio === null) return tidy(free);
  // The corner, or the middle of the edge, that stays.
  const fixed: Point = handleAt([-across as -1 | 0 | 1, -down as -1 | 0 | 1], box);
  let width = across === 0 ? Math.abs(free[3] - free[1]) * ratio : Math.abs(x - fixed[0]);
  if (across !== 0 && down !== 0) width = Math.max(width, Math.abs(y - fixed[1]) * ratio);
  const goesRight = across === 0 ? 0 : x >= fixed[0] ? 1 : -1;
  const goesDown = down === 0 ? 0 : y >= fixed[1] ? 1 : -1;
  width = Math.min(width, room(fixed[0], goesRight), room(fixed[1], goesDown) * ratio);
  return spanned(fixed, goesRight, goesDown, width, width / ratio);
}

function room(from: number, direction: number): number {
  return direction > 0 ? 1 - from : direction < 0 ? from : 2 * Math.min(from, 1 - from);
}

function spanned([x, y]: Point, right: number, below: number, width: number, height: number): Box {
  const left = right > 0 ? x : right < 0 ? x - width : x - width / 2;
  const top = below > 0 ? y : below < 0 ? y - height : y - height / 2;
  return tidy([left, top, left + width, top + height]);
}

/** The largest box of a ratio around the middle of another, inside the picture. */
export function withRatio(box: Box, ratio: number | null): Box {
  if (ratio === null) return box;
  const middle: Point = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  let width = Math.max(box[2] - box[0], (box[3] - box[1]) * ratio);
  width = Math.min(width, 1, ratio);
  const height = width / ratio;
  const left = clamp(middle[0] - width / 2, 0, 1 - width);
  const top = clamp(middle[1] - height / 2, 0, 1 - height);
  return tidy([left, top, left + width, top + height]);
}

/** A box moved by an arrow key, or with its lower right corner moved. */
export function nudged(box: Box, key: string, step: number, resize: boolean, ratio: number | null): Box {
  const across = key === "ArrowLeft" ? -step : key === "ArrowRight" ? step : 0;
  const down = key === "ArrowUp" ? -step : key === "ArrowDown" ? step : 0;
  if (!resize) return movedBy(box, across, down);
  const least = 0.01;
  const corner: Point = [Math.max(box[0] + least, box[2] + across), Math.max(box[1] + least, box[3] + down)];
  if (ratio === null) return tidy([box[0], box[1], clamp(corner[0]), clamp(corner[1])]);
  const width = across !== 0 ? corner[0] - box[0] : (corner[1] - box[1]) * ratio;
  return resized(box, [1, 1], [box[0] + width, box[1] + width / ratio], ratio);
}
