import { expect, test } from "vitest";
import type { SoundEdit } from "../src/protocol";
import { edited, rootMeanSquare, stretched } from "../src/sound/edits";
import { EditHistory } from "../src/sound/history.svelte";
import { normalNoise, normalQuantile } from "../src/noise";
import { destination, duration, kept, origin, withEdit, without } from "../src/sound/rules";
import { clock, peaks, wav } from "../src/sound/samples";
import answers from "./sound-edits.json";

interface Known {
  "noise of seed 7": number[];
  cases: { rate: number; edits: SoundEdit[]; before: number[][]; after: number[][] }[];
}
/** The same file that the host's tests read. */
const known = answers as unknown as Known;

function close(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(expected.length);
  for (let place = 0; place < expected.length; place++) expect(Math.abs(found[place]! - expected[place]!)).toBeLessThanOrEqual(tolerance);
}

function tone(frequency: number, rate: number, frames: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, place) => 0.5 * Math.sin((2 * Math.PI * frequency * place) / rate));
}

test("edits give the host's known answers", () => {
  for (const { rate, edits, before, after } of known.cases) {
    const found = edited(rate, before.map((samples) => Float32Array.from(samples)), edits);
    found.forEach((samples, channel) => close(samples, after[channel]!, 1e-5));
  }
});

test("noise is the host's, and normal", () => {
  close(normalNoise(8, 7), known["noise of seed 7"], 1e-6);
  const noise = normalNoise(100_000, 1);
  expect(Math.abs(noise.reduce((sum, value) => sum + value, 0) / noise.length)).toBeLessThan(0.01);
  expect(Math.abs(rootMeanSquare([noise]) - 1)).toBeLessThan(0.01);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
  expect(normalQuantile(1e-12)).toBeCloseTo(-7.034483825, 8);
});

test("a stretched tone is the tone of another pitch", () => {
  for (const factor of [0.25, 0.5, 0.8, 1.25, 2, 4]) {
    const found = stretched(tone(50, 8000, 8000), factor);
    expect(found.length).toBe(8000 * factor);
    close(found.subarray(200, -200), tone(50 / factor, 8000, found.length).subarray(200, -200), 1e-3);
  }
});

test("a tone that is too high for the new length is gone", () => {
  const found = stretched(tone(3000, 8000, 8000), 0.5);
  expect(Math.max(...found.subarray(100, -100).map(Math.abs))).toBeLessThan(1e-3);
});

test("a control replaces the edit of its kind, and one that changes nothing is left out", () => {
  const noise: SoundEdit = { op: "noise", snr_decibels: 3, seed: 1 };
  const list = withEdit([noise], { op: "trim", start: 1, end: 2 }, 4);
  expect(list).toEqual([{ op: "trim", start: 1, end: 2 }, noise]);
  expect(withEdit(list, { op: "gain", decibels: 3 }, 4).map((edit) => edit.op)).toEqual(["trim", "gain", "noise"]);
  expect(withEdit(list, { op: "trim", start: 0, end: 4 }, 4)).toEqual([noise]);
  expect(withEdit([noise], { op: "gain", decibels: 0 }, 4)).toEqual([noise]);
  expect(without(list, "noise")).toEqual([{ op: "trim", start: 1, end: 2 }]);
  expect(kept(list, 1.5)).toEqual({ start: 1, end: 1.5 });
});

test("a place in the edited sound is found in the original, and back", () => {
  const edits: SoundEdit[] = [{ op: "trim", start: 1, end: 3 }, { op: "reverse" }, { op: "speed", factor: 2 }];
  expect(duration(edits, 4)).toBe(1);
  expect(origin(edits, 4, 0)).toBe(3);
  expect(origin(edits, 4, 0.25)).toBe(2.5);
  expect(destination(edits, 4, 2.5)).toBe(0.25);
  expect(destination(edits, 4, 0)).toBe(1);
});

test("undo and redo go step by step, and a drag is one step", () => {
  const history = new EditHistory<number>();
  let list: readonly number[] = [];
  const set = (next: readonly number[], gesture: string | null = null) => {
    history.note(list, gesture);
    list = next;
  };
  set([1]);
  set([1, 2], "drag");
  set([1, 3], "drag");
  history.settle();
  set([1, 4], "drag");
  list = history.undo(list);
  expect(list).toEqual([1, 3]);
  list = history.undo(list);
  expect(list).toEqual([1]);
  list = history.redo(list);
  expect(list).toEqual([1, 3]);
  set([]);
  expect(history.canRedo).toBe(false);
  expect(history.undo(list)).toEqual([1, 3]);
});

test("a recording is a plain wav of 16 bits", async () => {
  const bytes = new DataView(await wav(8000, [Float32Array.of(0, 0.5, -1, 2)]).arrayBuffer());
  expect(bytes.byteLength).toBe(52);
  expect(bytes.getUint32(24, true)).toBe(8000);
  expect([44, 46, 48, 50].map((place) => bytes.getInt16(place, true))).toEqual([0, 16384, -32768, 32767]);
});

test("peaks and times read well", () => {
  expect(peaks([Float32Array.of(0, 0.25, -0.5, 0), Float32Array.of(0, 0, 0, 0.75)], 2)).toEqual([0.25, 0.75]);
  expect(peaks([Float32Array.of(0.5)], 9)).toEqual([0.5]);
  expect([0, 1.234, 59.99, 64.27, 3599.9].map(clock)).toEqual(["0.00 s", "1.23 s", "59.99 s", "1:04.2", "59:59.9"]);
});
