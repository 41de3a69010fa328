/** The way of a brush: made of few points, so that what goes to the host while it is drawn stays small. */
import { rounded, type Point } from "./boxes";

/** The host takes at most 5000. */
const MOST = 2000;

/**
 * A path of which the points are left out that lie on the way between others (Douglas and Peucker, 1973).
 *
 * @param tolerance How far the way may stray, in fractions of the longer side.
 * @param ratio Width over height of the picture.
 */
export function thinned(points: readonly Point[], tolerance: number, ratio: number): [number, number][] {
  const [across, down] = ratio >= 1 ? [1, 1 / ratio] : [ratio, 1];
  const kept = new Uint8Array(points.length);
  kept[0] = kept[points.length - 1] = 1;
  const parts: [number, number][] = [[0, points.length - 1]];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [start, end] = part;
    let farthest = -1;
    let most = tolerance;
    for (let index = start + 1; index < end; index += 1) {
      const distance = distanceFrom(points[index]!, points[start]!, points[end]!, across, down);
      if (distance > most) [farthest, most] = [index, distance];
    }
    if (farthest < 0) continue;
    kept[farthest] = 1;
    parts.push([start, farthest], [farthest, end]);
  }
  const few = points.filter((_, index) => kept[index] === 1).map(([x, y]): [number, number] => [bounded(x), bounded(y)]);
  return few.length <= MOST ? few : thinned(points, tolerance * 2, ratio);
}

function bounded(place: number): number {
  return rounded(Math.min(2, Math.max(-1, place)));
}

function distanceFrom(point: Point, start: Point, end: Point, across: number, down: number): number {
  const x = (point[0] - start[0]) * across;
  const y = (point[1] - start[1]) * down;
  const along = (end[0] - start[0]) * across;
  const below = (end[1] - start[1]) * down;
  const length = along * along + below * below;
  const nearest = length === 0 ? 0 : Math.min(1, Math.max(0, (x * along + y * below) / length));
  return Math.hypot(x - nearest * along, y - nearest * below);
}
