import { expect, test } from "vitest";
import { changes, type Change } from "../src/parts/changes";

/** Removed words as -words-, added ones as +words+. */
function told(original: string, text: string): string {
  const marks = { kept: "", removed: "-", added: "+" };
  return changes(original, text)
    .map(({ kind, text: part }) => `${marks[kind]}${part}${marks[kind]}`)
    .join("");
}

test("equal texts have no change", () => {
  expect(changes("one two", "one two")).toEqual([{ kind: "kept", text: "one two" }]);
  expect(changes("", "")).toEqual([]);
});

test("a changed word is removed and added", () => {
  expect(told("The food was great.", "The food was awful.")).toBe("The food was -great-+awful+.");
});

test("words that were added or removed are told alone", () => {
  expect(told("a good film", "a very good film")).toBe("a +very +good film");
  expect(told("a very good film", "a good film")).toBe("a -very -good film");
});

test("two changed neighbours are one change", () => {
  expect(told("it was a good film", "it was one bad film")).toBe("it was -a good-+one bad+ film");
});

test("letters of other scripts and marks are words too", () => {
  expect(told("très bon", "très mauvais")).toBe("très -bon-+mauvais+");
  expect(told("it's fine!", "it's fine?")).toBe("it's fine-!-+?+");
});

test("what is kept and removed is the original, what is kept and added is the new text", () => {
  const pick = (found: Change[], kind: string) => found.filter((part) => part.kind !== kind).map((part) => part.text).join("");
  const word = (seed: number) => ["a", "b", " ", "c", "\n", "."][seed % 6] ?? "";
  for (let seed = 0; seed < 200; seed++) {
    const text = (offset: number) => Array.from({ length: (seed * 7 + offset) % 23 }, (_, index) => word(seed * index * 13 + offset + index)).join("");
    const found = changes(text(1), text(5));
    expect(pick(found, "added")).toBe(text(1));
    expect(pick(found, "removed")).toBe(text(5));
  }
});
