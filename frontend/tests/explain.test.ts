import { describe, expect, it } from "vitest";
import { fit } from "../src/explain/fits";
import { soundHeat } from "../src/explain/soundHeat";
import { strengths } from "../src/explain/strengths";
import type { Explanation, Json, PictureEdit } from "../src/protocol";

const weight = (at: number[], weight: number, name = "") => ({ at, weight, input: "a", name, value: "" });
const map = (kind: Explanation["kind"], weights: Explanation["weights"], before = 1): Explanation => ({
  kind,
  method: "",
  inputs: ["a"],
  label: "A",
  answer: "label",
  decision: "cat",
  before,
  weights,
  runs: 1,
  faithfulness: null,
  made: true,
  values: null,
  peak: null,
});

describe("strengths", () => {
  it("are by area, so that a small part that takes away as much is drawn more strongly", () => {
    const [large, small] = strengths(map("picture", [weight([0, 0, 1, 0.5], 0.4), weight([0, 0.5, 0.5, 1], 0.4)]));
    expect(small).toBe(1);
    expect(large).toBeCloseTo(0.5 ** 0.6);
  });

  it("keep the sign, and count a word as one however long it is", () => {
    expect(strengths(map("words", [weight([0, 3], 0.5, "bad"), weight([4, 20], -0.5, "wonderful")]))).toEqual([1, -1]);
  });

  it("are faint where hardly anything is taken away, whatever the rest does", () => {
    expect(Math.max(...strengths(map("words", [weight([0, 3], 0.001, "one"), weight([4, 7], 0, "two")])))).toBeLessThan(0.15);
  });

  it("of nothing are nothing", () => {
    expect(strengths(map("columns", [weight([], 0, "age")], 0))).toEqual([0]);
  });
});

describe("fit", () => {
  const value = (edits: PictureEdit[], blob = "b") => ({ blob, edits });
  const flip: PictureEdit = { op: "flip", axis: "horizontal" };
  const cover: PictureEdit = { op: "occlude", colour: "mean", box: [0, 0, 1, 1] };
  const of = (edits: PictureEdit[]) => value(edits) as unknown as Json;

  it("says whether a map is of the picture, of one where all was in its place, or of another one", () => {
    expect(fit(of([flip]), value([flip]))).toBe("same");
    expect(fit(of([flip]), value([flip, cover]))).toBe("before");
    expect(fit(of([flip, cover]), value([flip]))).toBe("before");
    expect(fit(of([]), value([flip]))).toBe("moved");
    expect(fit(of([flip]), value([flip, flip]))).toBe("moved");
    expect(fit(of([]), value([], "c"))).toBe("other");
    expect(fit(null, value([]))).toBe("other");
  });
});

describe("soundHeat", () => {
  const sound = (edits: unknown[]) => ({ blob: "b", name: "a.wav", seconds: 4, rate: 8000, channels: 1, preview: null, edits }) as unknown as Parameters<typeof soundHeat>[1];

  it("lies where the stretch came from", () => {
    const edits = [{ op: "trim", start: 1, end: 3 }, { op: "reverse" }];
    const [heat] = soundHeat({ map: map("sound", [weight([0, 0.5], 1)]), of: sound(edits) as unknown as Json }, sound(edits), 1);
    expect([heat?.start, heat?.end]).toEqual([2.5, 3]);
  });

  it("goes with the next edit", () => {
    expect(soundHeat({ map: map("sound", [weight([0, 1], 1)]), of: sound([]) as unknown as Json }, sound([{ op: "reverse" }]), 1)).toEqual([]);
  });
});
