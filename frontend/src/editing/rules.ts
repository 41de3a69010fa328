/**
 * What becomes of a list of edits when one is made: pure functions from a list to a new one.
 *
 * Strokes and crops are added at the end. A tone (brightness, contrast, noise, blur) is there once and keeps its place.
 * What changes nothing disappears.
 */
import type { Flip, PictureEdit, Rotate } from "../protocol";
import type { Box } from "./geometry";
import { DEFAULT_WIDTH } from "./occlusion";

export type Edits = readonly PictureEdit[];
export type Tone = Extract<PictureEdit, { op: "brightness" | "contrast" | "noise" | "blur" }>;
export type Operation = PictureEdit["op"];

export const WHOLE: Box = [0, 0, 1, 1];

/** Edits after which a place on the picture is another place, and those that are at a place. */
const PLACED: readonly Operation[] = ["crop", "rotate", "flip", "occlude"];

/** The last edit of a kind, or undefined. */
export function lastOf<Op extends Operation>(edits: Edits, op: Op): Extract<PictureEdit, { op: Op }> | undefined {
  return edits.findLast((edit) => edit.op === op) as Extract<PictureEdit, { op: Op }> | undefined;
}

export function isNeutral(edit: PictureEdit): boolean {
  if (edit.op === "brightness") return edit.amount === 0;
  if (edit.op === "contrast") return edit.factor === 1;
  if (edit.op === "noise" || edit.op === "blur") return edit.sigma === 0;
  if (edit.op === "rotate") return edit.degrees % 360 === 0;
  return edit.op === "crop" && edit.box.every((edge, index) => edge === WHOLE[index]);
}

/** A list without what changes nothing; made when a drag ends, so that during it an edit keeps its place at zero too. */
export function settled(edits: Edits): Edits {
  return edits.some(isNeutral) ? edits.filter((edit) => !isNeutral(edit)) : edits;
}

/** A list as the host writes it: what a record says by default is left out. */
export function canonical(edits: Edits): Edits {
  return edits.map((edit) => {
    if (edit.op === "noise" && edit.seed === 0) return { op: edit.op, sigma: edit.sigma };
    if (edit.op !== "occlude" || edit.width !== DEFAULT_WIDTH) return edit;
    const { width: _width, ...rest } = edit;
    return rest;
  });
}

export function withTone(edits: Edits, tone: Tone): Edits {
  const place = edits.findLastIndex((edit) => edit.op === tone.op);
  return place < 0 ? [...edits, tone] : edits.with(place, tone);
}

/** The free turn that a new angle would change: the last edit that has to do with places, if it is one. */
export function freeAngle(edits: Edits): number {
  const edit = edits[lastPlaced(edits)];
  return isFreeTurn(edit) ? edit.degrees : 0;
}

export function withAngle(edits: Edits, degrees: number): Edits {
  const place = lastPlaced(edits);
  const turn: PictureEdit = { op: "rotate", degrees };
  return isFreeTurn(edits[place]) ? edits.with(place, turn) : [...edits, turn];
}

function isFreeTurn(edit: PictureEdit | undefined): edit is Rotate {
  return edit?.op === "rotate" && Math.abs(edit.degrees) <= 45;
}

function lastPlaced(edits: Edits): number {
  return edits.findLastIndex((edit) => PLACED.includes(edit.op));
}

/** Turn by a quarter. Before a free turn at the end of the list, which comes to the same, so that its angle stays in hand. */
export function withQuarterTurn(edits: Edits, degrees: 90 | -90): Edits {
  const last = edits.at(-1);
  const free = isFreeTurn(last) ? [last] : [];
  const rest = edits.slice(0, edits.length - free.length);
  const before = rest.at(-1);
  if (before?.op !== "rotate" || before.degrees % 90 !== 0) return [...rest, { op: "rotate", degrees }, ...free];
  let sum = (before.degrees + degrees) % 360;
  if (sum > 180) sum -= 360;
  if (sum <= -180) sum += 360;
  return [...rest.slice(0, -1), ...(sum === 0 ? [] : [{ op: "rotate" as const, degrees: sum }]), ...free];
}

export function withFlip(edits: Edits, axis: Flip["axis"]): Edits {
  const last = edits.at(-1);
  return last?.op === "flip" && last.axis === axis ? edits.slice(0, -1) : [...edits, { op: "flip", axis }];
}

/** The box of a crop that is the last edit: it can still be changed, and what is outside of it is at hand. */
export function openCrop(edits: Edits): Box {
  const last = edits.at(-1);
  return last?.op === "crop" ? last.box : WHOLE;
}

export function withoutOpenCrop(edits: Edits): Edits {
  return edits.at(-1)?.op === "crop" ? edits.slice(0, -1) : edits;
}

/** What the editor shows: while a crop can still be changed, all of the picture is there with a box on it. */
export function shownEdits({ comparing, tool, edits }: { comparing: boolean; tool: Operation; edits: Edits }): Edits {
  return comparing ? [] : tool === "crop" ? withoutOpenCrop(edits) : edits;
}

export function withCrop(edits: Edits, box: Box): Edits {
  return [...withoutOpenCrop(edits), { op: "crop", box }];
}

/** Neighbours of one kind, which are shown and removed as one. */
export interface Group {
  op: Operation;
  start: number;
  count: number;
}

export function groups(edits: Edits): Group[] {
  const found: Group[] = [];
  edits.forEach(({ op }, start) => {
    const last = found.at(-1);
    if (last?.op === op) last.count += 1;
    else found.push({ op, start, count: 1 });
  });
  return found;
}

export function without(edits: Edits, group: Group): Edits {
  return [...edits.slice(0, group.start), ...edits.slice(group.start + group.count)];
}
