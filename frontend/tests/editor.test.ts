import { beforeEach, expect, test } from "vitest";
import { grabbed, movedBy, nudged, resized, tidy, withRatio } from "../src/editing/boxes";
import { Editor, type EditedPicture } from "../src/editing/editor.svelte";
import { thinned } from "../src/editing/path";
import { canonical, freeAngle, groups, openCrop, without, withAngle, withCrop, withFlip, withQuarterTurn, withTone, type Edits } from "../src/editing/rules";
import { groupName } from "../src/editing/words";
import type { Page } from "../src/page.svelte";
import type { PictureEdit } from "../src/protocol";

const CROP: PictureEdit = { op: "crop", box: [0, 0, 0.5, 0.5] };
const STROKE: PictureEdit = { op: "occlude", colour: "#000000", path: [[0.5, 0.5]], width: 0.1 };
const BRIGHT: PictureEdit = { op: "brightness", amount: 0.2 };

/** A page that keeps one value, and when it was told to the host. */
class Values {
  value: EditedPicture = { blob: "a", width: 10, height: 10, edits: [] };
  told: string[] = [];
  set(_id: string, value: unknown, timing: string): void {
    this.value = value as EditedPicture;
    this.told.push(timing);
  }
}

let page: Values;
let editor: Editor;
beforeEach(() => {
  page = new Values();
  editor = new Editor(page as unknown as Page, () => "picture", () => page.value);
});

function edits(): Edits {
  return page.value.edits;
}

test("a drag goes out live, ends at once, and is one step to undo", () => {
  editor.live([STROKE]);
  editor.live([{ ...STROKE, path: [[0.5, 0.5], [0.6, 0.5]] }]);
  editor.done();
  expect(page.told).toEqual(["frame", "frame", "now"]);
  editor.undo();
  expect(edits()).toEqual([]);
  editor.redo();
  expect(edits()).toHaveLength(1);
  editor.undo();
  editor.done([CROP]);
  expect(editor.history.canRedo).toBe(false);
});

test("a cancelled drag leaves what was there, and no step", () => {
  editor.done([CROP]);
  editor.live([CROP, STROKE]);
  editor.cancel();
  expect(edits()).toEqual([CROP]);
  editor.undo();
  expect(edits()).toEqual([]);
  expect(editor.history.canUndo(edits())).toBe(false);
});

test("edits that were there before are undone one by one, and a reset can be undone", () => {
  page.value = { ...page.value, edits: [CROP, STROKE] };
  editor.startAfresh();
  editor.undo();
  expect(edits()).toEqual([CROP]);
  editor.redo();
  editor.done([]);
  editor.undo();
  expect(edits()).toEqual([CROP, STROKE]);
});

test("edits that were taken away elsewhere can be brought back", () => {
  editor.done([CROP]);
  page.value = { ...page.value, edits: [] };
  editor.notice();
  editor.undo();
  expect(edits()).toEqual([CROP]);
});

test("a slider at what changes nothing leaves no edit, but keeps its place during the drag", () => {
  editor.done([BRIGHT, CROP]);
  editor.live(withTone(edits(), { op: "brightness", amount: 0 }));
  expect(edits()).toHaveLength(2);
  editor.live(withTone(edits(), { op: "brightness", amount: -0.1 }));
  expect(edits()[0]).toEqual({ op: "brightness", amount: -0.1 });
  editor.live(withTone(edits(), { op: "brightness", amount: 0 }));
  editor.done();
  expect(edits()).toEqual([CROP]);
});

test("presses of a key on one slider are undone as one, and not with those on another", () => {
  for (const amount of [0.1, 0.2, 0.3]) editor.done(withTone(edits(), { op: "brightness", amount }), "Brightness");
  editor.done(withTone(edits(), { op: "contrast", factor: 2 }), "Contrast");
  editor.undo();
  expect(edits()).toEqual([{ op: "brightness", amount: 0.3 }]);
  editor.undo();
  expect(edits()).toEqual([]);
  editor.redo();
  editor.done(withTone(edits(), { op: "brightness", amount: 0.4 }), "Brightness");
  editor.undo();
  expect(edits()).toEqual([{ op: "brightness", amount: 0.3 }]);
});

test("two flips of one axis and turns that make a whole one disappear", () => {
  expect(withFlip(withFlip([CROP], "horizontal"), "horizontal")).toEqual([CROP]);
  expect(withFlip(withFlip([], "horizontal"), "vertical")).toHaveLength(2);
  let turned: Edits = [CROP];
  for (const sum of [90, 180, -90]) {
    turned = withQuarterTurn(turned, 90);
    expect(turned).toEqual([CROP, { op: "rotate", degrees: sum }]);
  }
  expect(withQuarterTurn(turned, 90)).toEqual([CROP]);
});

test("the free angle changes its turn while nothing has been placed since, also after a quarter turn", () => {
  let list = withAngle([CROP], 10);
  list = withTone(list, { op: "blur", sigma: 0.01 });
  list = withAngle(list, 12);
  expect(list.map((edit) => edit.op)).toEqual(["crop", "rotate", "blur"]);
  expect(freeAngle(list)).toBe(12);
  expect(withQuarterTurn(withAngle([], 5), 90)).toEqual([{ op: "rotate", degrees: 90 }, { op: "rotate", degrees: 5 }]);
  expect(freeAngle([...list, STROKE])).toBe(0);
  expect(withAngle([...list, STROKE], 3)).toHaveLength(5);
});

test("a crop can be changed until something else is done", () => {
  expect(withCrop([CROP], [0, 0, 1, 0.5])).toEqual([{ op: "crop", box: [0, 0, 1, 0.5] }]);
  expect(openCrop([CROP, BRIGHT])).toEqual([0, 0, 1, 1]);
  expect(withCrop([CROP, BRIGHT], [0, 0, 1, 0.5])).toHaveLength(3);
  editor.done([{ op: "crop", box: [0, 0, 1, 1] }]);
  expect(edits()).toEqual([]);
});

test("neighbours of one kind are one chip, which is removed whole", () => {
  const list: Edits = [CROP, STROKE, STROKE, STROKE, BRIGHT, STROKE];
  const found = groups(list);
  expect(found.map((group) => groupName(list, group))).toEqual(["Crop", "Occlude × 3", "Brightness +20 %", "Occlude"]);
  expect(without(list, found[1]!)).toEqual([CROP, BRIGHT, STROKE]);
});

test("what goes to the host is written as the host writes it", () => {
  expect(canonical([{ ...STROKE, width: 0.05 }, { op: "noise", sigma: 0.1, seed: 0 }, { op: "noise", sigma: 0.1, seed: 3 }])).toEqual([
    { op: "occlude", colour: "#000000", path: [[0.5, 0.5]] },
    { op: "noise", sigma: 0.1 },
    { op: "noise", sigma: 0.1, seed: 3 },
  ]);
});

test("a box is moved and resized inside the picture, and keeps its ratio", () => {
  expect(movedBy([0.5, 0.5, 0.8, 0.8], 0.9, -0.9)).toEqual([0.7, 0, 1, 0.3]);
  expect(resized([0.2, 0.2, 0.4, 0.4], [1, 1], [0.1, 0.9], null)).toEqual([0.1, 0.2, 0.2, 0.9]);
  expect(resized([0.2, 0.2, 0.4, 0.4], [1, 1], [0.6, 0.3], 2)).toEqual([0.2, 0.2, 0.6, 0.4]);
  expect(resized([0.2, 0.2, 0.4, 0.4], [1, 1], [3, 3], 1)).toEqual([0.2, 0.2, 1, 1]);
  expect(withRatio([0, 0, 1, 1], 0.5)).toEqual([0.25, 0, 0.75, 1]);
  expect(withRatio([0, 0, 1, 1], null)).toEqual([0, 0, 1, 1]);
  expect(tidy([0.5, 1, 0.5, 1])).toEqual([0.5, 0.9999, 0.5001, 1]);
  expect(nudged([0.2, 0.2, 0.4, 0.4], "ArrowLeft", 0.02, false, null)).toEqual([0.18, 0.2, 0.38, 0.4]);
  expect(nudged([0.2, 0.2, 0.4, 0.4], "ArrowDown", 0.02, true, 1)).toEqual([0.2, 0.2, 0.42, 0.42]);
});

test("a corner is grabbed before an edge, and an edge before the inside", () => {
  expect(grabbed([0.2, 0.2, 0.8, 0.8], [0.21, 0.19], [0.05, 0.05])).toEqual([-1, -1]);
  expect(grabbed([0.2, 0.2, 0.8, 0.8], [0.5, 0.79], [0.05, 0.05])).toEqual([0, 1]);
  expect(grabbed([0.2, 0.2, 0.8, 0.8], [0.4, 0.4], [0.05, 0.05])).toEqual([0, 0]);
  expect(grabbed([0.2, 0.2, 0.8, 0.8], [0.1, 0.5], [0.05, 0.05])).toBe(null);
});

test("a stroke goes out as few points that stay near its way", () => {
  const line = Array.from({ length: 500 }, (_, step) => [step / 499, 0.5] as const);
  expect(thinned(line, 0.001, 1)).toEqual([[0, 0.5], [1, 0.5]]);
  const circle = Array.from({ length: 3000 }, (_, step) => [0.5 + 0.4 * Math.cos(step / 400), 0.5 + 0.4 * Math.sin(step / 400)] as const);
  const few = thinned(circle, 0.002, 1);
  expect(few.length).toBeLessThan(120);
  for (const [x, y] of few) expect(Math.hypot(x - 0.5, y - 0.5)).toBeCloseTo(0.4, 3);
  expect(thinned([[5, -9]], 0.01, 1)).toEqual([[2, -1]]);
});
