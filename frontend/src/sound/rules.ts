/**
 * The list of edits as the controls see it: at most one of each kind, in a fixed order. A list that came from elsewhere
 * may be any; a control then stands for the last of its kind.
 */
import type { SoundEdit, SoundTrim } from "../protocol";

export type Operation = SoundEdit["op"];
export type Edits = readonly SoundEdit[];
const ORDER: readonly Operation[] = ["trim", "reverse", "speed", "gain", "noise"];

export function find<Op extends Operation>(edits: Edits, op: Op): Extract<SoundEdit, { op: Op }> | undefined {
  return edits.findLast((edit): edit is Extract<SoundEdit, { op: Op }> => edit.op === op);
}

/** The list with this edit in the place of the last of its kind; one that changes nothing is left out. */
export function withEdit(edits: Edits, edit: SoundEdit, seconds: number): Edits {
  const place = edits.findLastIndex((other) => other.op === edit.op);
  if (place >= 0) return isNeutral(edit, seconds) ? edits.toSpliced(place, 1) : edits.with(place, edit);
  if (isNeutral(edit, seconds)) return edits;
  const later = edits.findIndex((other) => ORDER.indexOf(other.op) > ORDER.indexOf(edit.op));
  return edits.toSpliced(later < 0 ? edits.length : later, 0, edit);
}

export function without(edits: Edits, op: Operation): Edits {
  return edits.filter((edit) => edit.op !== op);
}

function isNeutral(edit: SoundEdit, seconds: number): boolean {
  if (edit.op === "trim") return edit.start <= 0 && edit.end >= seconds;
  if (edit.op === "gain") return edit.decibels === 0;
  return edit.op === "speed" && edit.factor === 1;
}

/** What of the original is kept. */
export function kept(edits: Edits, seconds: number): { start: number; end: number } {
  const trim: SoundTrim | undefined = find(edits, "trim");
  return { start: Math.min(trim?.start ?? 0, seconds), end: Math.min(trim?.end ?? seconds, seconds) };
}

/** Duration of the edited sound. */
export function duration(edits: Edits, seconds: number): number {
  return edits.reduce((left, edit) => {
    if (edit.op === "trim") return Math.max(0, Math.min(edit.end, left) - Math.min(edit.start, left));
    return edit.op === "speed" ? left / edit.factor : left;
  }, seconds);
}

/** Where in the original a time of the edited sound lies. */
export function origin(edits: Edits, seconds: number, time: number): number {
  const lengths = [seconds];
  for (const [place] of edits.entries()) lengths.push(duration(edits.slice(0, place + 1), seconds));
  for (let place = edits.length - 1; place >= 0; place--) {
    const edit = edits[place]!;
    if (edit.op === "trim") time += edit.start;
    else if (edit.op === "speed") time *= edit.factor;
    else if (edit.op === "reverse") time = lengths[place]! - time;
  }
  return Math.max(0, Math.min(seconds, time));
}

/** Where in the edited sound a time of the original lies; the nearest that there is. */
export function destination(edits: Edits, seconds: number, time: number): number {
  let left = seconds;
  for (const edit of edits) {
    if (edit.op === "trim") time -= edit.start;
    else if (edit.op === "speed") time /= edit.factor;
    else if (edit.op === "reverse") time = left - time;
    left = duration([edit], left);
  }
  return Math.max(0, Math.min(left, time));
}
