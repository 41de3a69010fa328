import { expect, test } from "vitest";
import type { VideoEdit } from "../src/protocol";
import { boundary, cutOf, editsOf, frameNumber, keyStep, middle, moved } from "../src/video/rules";
import { Screen } from "../src/video/screen.svelte";

const video = { seconds: 10, rate: 25, frame_count: 250 };
const trim = (start: number, end: number): VideoEdit => ({ op: "trim", start, end });

test("a list of edits comes to a span and at most one frame", () => {
  expect(cutOf([], 10)).toEqual({ span: { start: 0, end: 10 }, frame: null });
  expect(cutOf([trim(2, 8), trim(1, 2)], 10)).toEqual({ span: { start: 3, end: 4 }, frame: null });
  expect(cutOf([trim(2, 4), trim(0, 60)], 10).span).toEqual({ start: 2, end: 4 });
  expect(cutOf([trim(2, 4), { op: "frame", at: 1 }], 10).frame).toBe(3);
  expect(cutOf([trim(2, 4), { op: "frame", at: 9 }], 10).frame).toBe(4);
});

test("a cut becomes the shortest list, and back", () => {
  expect(editsOf({ span: { start: 0, end: 10 }, frame: null }, 10)).toEqual([]);
  expect(editsOf({ span: { start: 0, end: 4 }, frame: null }, 10)).toEqual([trim(0, 4)]);
  const edits: VideoEdit[] = [trim(2, 4), { op: "frame", at: 0.5 }];
  expect(editsOf(cutOf(edits, 10), 10)).toEqual(edits);
});

test("a frame beside what is kept is left out", () => {
  expect(editsOf({ span: { start: 2, end: 4 }, frame: 5 }, 10)).toEqual([trim(2, 4)]);
});

test("handles lie between frames and leave one frame at least", () => {
  expect(boundary(1.01, video)).toBe(1);
  expect(boundary(1.03, video)).toBe(1.04);
  expect(boundary(9.99, video)).toBe(10);
  expect(moved({ start: 0, end: 5 }, "start", 7, video)).toEqual({ start: 4.96, end: 5 });
  expect(moved({ start: 2, end: 5 }, "end", 0, video)).toEqual({ start: 2, end: 2.04 });
  expect(moved({ start: 2, end: 5 }, "start", -Infinity, video)).toEqual({ start: 0, end: 5 });
  expect(moved({ start: 2, end: 5 }, "end", Infinity, video)).toEqual({ start: 2, end: 10 });
});

test("each frame has a number and a middle", () => {
  for (let number = 0; number < 250; number++) {
    expect(frameNumber(number / 25, video)).toBe(number);
    expect(frameNumber(middle(number / 25, video), video)).toBe(number);
  }
  expect(frameNumber(10, video)).toBe(249);
});

test("keys move by a frame, by ten, or by a tenth", () => {
  expect(keyStep({ key: "ArrowLeft", shiftKey: false }, video)).toBe(-0.04);
  expect(keyStep({ key: "ArrowUp", shiftKey: true }, video)).toBe(0.4);
  expect(keyStep({ key: "PageUp", shiftKey: false }, video)).toBe(1);
  expect(keyStep({ key: "Tab", shiftKey: false }, video)).toBeNull();
});

test("the last wish is what is shown, also where the news of an earlier place comes late", () => {
  const element = Object.assign(new EventTarget(), { currentTime: 0, seeking: false });
  const screen = new Screen(() => ({ start: 0, end: 10 }));
  screen.attach(element as unknown as HTMLVideoElement);
  screen.seek(1);
  element.seeking = true;
  screen.seek(2);
  screen.seek(3);
  expect(element.currentTime).toBe(1);
  element.seeking = false;
  screen.seek(4); // before the browser has told that it got to 1
  element.dispatchEvent(new Event("seeked"));
  expect([element.currentTime, screen.time]).toEqual([4, 4]);
  element.seeking = true;
  screen.seek(5);
  element.seeking = false;
  element.dispatchEvent(new Event("seeked"));
  expect([element.currentTime, screen.time]).toEqual([5, 5]);
});
