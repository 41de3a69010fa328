import { expect, test } from "vitest";
import { flagsKept } from "../src/history/words";
import { boundsProblem, snap } from "../src/parts/number";
import { same } from "../src/same";
import { duration, percent, size, whoIsHere } from "../src/words";

test("durations, sizes and shares read well", () => {
  expect([0.0004, 0.014, 0.9994, 1.24, 59.9, 125].map(duration)).toEqual(["under 1 ms", "14 ms", "999 ms", "1.2 s", "59.9 s", "2 min 5 s"]);
  expect([12, 31_234, 5_123_456].map(size)).toEqual(["12 bytes", "31 kB", "5.1 MB"]);
  expect([0.92, 0.9987, 0.99999, 1, 0.004, 0.0001, 0].map(percent)).toEqual(["92 %", "99.9 %", "99.9 %", "100 %", "0.4 %", "< 0.1 %", "0 %"]);
});

test("who is here is said by name as far as it is known", () => {
  expect(whoIsHere([], 1)).toBe("1 visitor");
  expect(whoIsHere([], 3)).toBe("3 visitors");
  expect(whoIsHere(["Dr. Rao"], 0)).toBe("Dr. Rao");
  expect(whoIsHere(["Dr. Rao"], 1)).toBe("Dr. Rao and 1 other");
  expect(whoIsHere(["Dr. Rao", "Dr. Lee"], 1)).toBe("Dr. Rao and 2 others");
});

test("a number snaps to the grid without a tail of binary fractions", () => {
  expect(snap(0.29, 0, 1, 0.1)).toBe(0.3);
  expect(snap(7, 1, 10, 3)).toBe(7);
  expect([99, 9.6, 9.4, 8, -1].map((value) => snap(value, 0, 10, 3))).toEqual([10, 10, 9, 9, 0]);
});

test("bounds are said in one sentence", () => {
  expect(boundsProblem(5, 0, 10, String)).toBe(null);
  expect(boundsProblem(-1, 0, 10, String)).toBe("Must be between 0 and 10.");
  expect(boundsProblem(11, null, 10, String)).toBe("Must be at most 10.");
});

test("what stays for a flag is told, and who can take it away", () => {
  expect(flagsKept(0, false)).toBe("");
  expect(flagsKept(1, false)).toBe(" One flag of yours stays, with the files: who runs this page keeps it. Ask her to delete it.");
  expect(flagsKept(2, true)).toBe(" 2 flags of yours stay: “modelapp flags … delete” takes them away.");
});

test("values are compared by what they hold", () => {
  expect(same({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
  expect(same({ a: 1 }, { b: 1 })).toBe(false);
  expect(same([1], [1, 2])).toBe(false);
  expect(same(null, {})).toBe(false);
});
