import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FRAME_MILLISECONDS, Outbox, PATIENCE_MILLISECONDS, TYPING_MILLISECONDS } from "../src/outbox";
import type { Set as SetMessage } from "../src/protocol";

let sent: SetMessage[];
let connected: boolean;
let outbox: Outbox;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  connected = true;
  outbox = new Outbox((message) => {
    if (connected) sent.push(message);
    return connected;
  });
});
afterEach(() => vi.useRealTimers());

function values(): unknown[] {
  return sent.map((message) => message.values);
}

test("a value goes out at once, and sequences count up by one", () => {
  outbox.put("a", 1, "now");
  outbox.put("a", 2, "now");
  expect(sent).toEqual([
    { type: "set", values: { a: 1 }, sequence: 1 },
    { type: "set", values: { a: 2 }, sequence: 2 },
  ]);
});

test("a drag sends the first value at once, and of the rest the latest per frame", () => {
  for (const value of [1, 2, 3]) {
    outbox.put("a", value, "frame");
    outbox.settled();
  }
  vi.advanceTimersByTime(FRAME_MILLISECONDS);
  expect(values()).toEqual([{ a: 1 }, { a: 3 }]);
});

test("a drag waits for a run that is under way, but not for ever", () => {
  outbox.put("a", 1, "frame");
  outbox.put("a", 2, "frame");
  vi.advanceTimersByTime(PATIENCE_MILLISECONDS - 1);
  expect(values()).toEqual([{ a: 1 }]);
  vi.advanceTimersByTime(1);
  expect(values()).toEqual([{ a: 1 }, { a: 2 }]);
});

test("typing goes out after a pause", () => {
  outbox.put("a", "x", "typing");
  vi.advanceTimersByTime(TYPING_MILLISECONDS - 1);
  outbox.put("a", "xy", "typing");
  vi.advanceTimersByTime(TYPING_MILLISECONDS - 1);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(values()).toEqual([{ a: "xy" }]);
});

test("a press takes along what was typed", () => {
  outbox.put("a", "x", "typing");
  outbox.press("go");
  vi.runAllTimers();
  expect(sent).toEqual([{ type: "set", values: { a: "x" }, sequence: 1, pressed: "go" }]);
});

test("what is set without a connection goes out, once, when there is one", () => {
  connected = false;
  outbox.put("a", 1, "now");
  outbox.put("b", 2, "typing");
  vi.runAllTimers();
  connected = true;
  outbox.flush();
  outbox.flush();
  expect(sent).toEqual([{ type: "set", values: { a: 1, b: 2 }, sequence: 1 }]);
});

test("what the lost host had not taken in is said again, but a press is not", () => {
  outbox.put("a", 1, "now");
  outbox.put("b", 2, "now");
  outbox.acknowledge(1);
  outbox.press("go");
  outbox.lost();
  outbox.flush();
  expect(sent.at(-1)).toEqual({ type: "set", values: { b: 2 }, sequence: 4 });
});

test("the page knows better until its value is acknowledged or refused", () => {
  outbox.put("a", 1, "now");
  outbox.put("a", 2, "now");
  outbox.acknowledge(1);
  expect(outbox.knowsBetter("a")).toBe(true);
  outbox.acknowledge(2);
  expect(outbox.knowsBetter("a")).toBe(false);
  outbox.put("b", 3, "now");
  outbox.refuse(3);
  expect(outbox.knowsBetter("b")).toBe(false);
});

test("a new session is told everything that was set", () => {
  outbox.put("a", 1, "now");
  outbox.put("b", 2, "now");
  outbox.acknowledge(2);
  outbox.startAfresh();
  outbox.flush();
  expect(sent.at(-1)?.values).toEqual({ a: 1, b: 2 });
});
