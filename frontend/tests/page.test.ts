import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Page } from "../src/page.svelte";
import type { BulkState, Element, RunState } from "../src/protocol";
import { FakeHost, frame, input } from "./fake";

let host: FakeHost;
let page: Page;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
  page = new Page(host);
  page.start();
  host.greet();
});
afterEach(() => vi.useRealTimers());

function text(id: string, words: string): Element {
  return { id, parent: "", props: { type: "text_output", label: null, text: words, streaming: true } };
}

function number(id: string, parent = ""): Element {
  return { id, parent, props: { type: "number_input", ...input(id), min: null, max: null, step: null, integer: true } };
}

function run(phase: RunState["phase"]): RunState {
  return { type: "run", phase, place: 0, seconds: 0, waiting_for: [], failure: null, line: null };
}

test("frames add, change, order and remove elements", () => {
  host.say(frame(1, { elements: [text("a", "one"), text("b", "two")], order: ["a", "b"], reset: true }));
  host.say(frame(2, { elements: [text("a", "three"), text("c", "four")], order: ["c", "a"] }));
  expect(page.children.get("")).toEqual(["c", "a"]);
  expect([...page.elements.keys()].sort()).toEqual(["a", "c"]);
  expect(page.elements.get("a")).toEqual(text("a", "three"));
});

test("a frame without an order removes nothing", () => {
  host.say(frame(1, { elements: [text("a", "one"), text("b", "two")], order: ["a", "b"], reset: true }));
  host.say(frame(2, { elements: [text("a", "three")] }));
  expect(page.children.get("")).toEqual(["a", "b"]);
});

test("a reset forgets elements and values", () => {
  host.say(frame(1, { elements: [number("n"), number("m")], order: ["n", "m"], values: { n: 1, m: 2 }, reset: true }));
  host.say(frame(5, { elements: [number("n")], order: ["n"], values: { n: 3 }, reset: true }));
  expect([...page.elements.keys()]).toEqual(["n"]);
  expect(page.values.get("n")).toBe(3);
  expect(page.values.get("m") ?? null).toBe(null);
});

test("appended text grows, and is not added twice when it is told again", () => {
  host.say(frame(1, { elements: [text("a", "Once")], order: ["a"], reset: true }));
  host.say({ type: "append", sequence: 2, element: "a", text: " upon" }, { type: "append", sequence: 2, element: "a", text: " upon" });
  expect(page.elements.get("a")).toEqual(text("a", "Once upon"));
});

test("a value that was set is shown at once and kept until the host has taken it in", () => {
  host.say(frame(1, { elements: [number("n")], order: ["n"], values: { n: 1 }, reset: true }));
  page.set("n", 2);
  host.say(frame(2, { values: { n: 1 } }));
  expect(page.values.get("n")).toBe(2);
  host.say(frame(3, { values: { n: 10 }, acknowledged: 1 }));
  expect(page.values.get("n")).toBe(10);
});

test("setting the value that is there already tells the host nothing", () => {
  host.say(frame(1, { values: { n: [1, 2] }, reset: true }));
  const before = host.told.length;
  page.set("n", [1, 2]);
  expect(host.told.length).toBe(before);
});

test("a reconnection says what was seen, and resends what was not acknowledged", () => {
  host.say(frame(7, { values: { n: 1 }, reset: true }));
  host.drop();
  page.set("n", 5);
  vi.advanceTimersByTime(250);
  host.greet({ resumed: true });
  expect(host.told.slice(-2)).toEqual([
    { type: "hello", session: "secret", epoch: "first", seen: 7 },
    { type: "set", values: { n: 5 }, sequence: 1 },
  ]);
});

test("a host that lost the session is told the reader's values again", () => {
  host.say(frame(7, { values: { n: 1, m: 1 }, reset: true }));
  page.set("n", 5);
  host.say(frame(8, { acknowledged: 1 }));
  host.drop();
  vi.advanceTimersByTime(250);
  host.greet({ session: "other", epoch: "second", resumed: false });
  expect(host.told.at(-1)).toEqual({ type: "set", values: { n: 5 }, sequence: 2 });
  host.say(frame(1, { values: { n: 1, m: 1 }, reset: true }));
  expect(page.values.get("n")).toBe(5);
});

test("many cases end with their host, and not with a connection", () => {
  const running: BulkState = {
    type: "bulk", phase: "running", upload: "u", name: "doses.csv", columns: [], total: 40, done: 12, failed: 0, seconds: 3,
    truth: null, said: [], problem: null, report: null, results: null,
  };
  host.say(running);
  host.drop();
  vi.advanceTimersByTime(250);
  host.greet({ resumed: true });
  expect(page.bulk).toEqual(running);
  host.drop();
  vi.advanceTimersByTime(250);
  host.greet({ epoch: "second", resumed: true });
  expect(page.bulk?.phase).toBe("failed");
  expect(page.bulk?.problem).toBe("The host of these cases has ended, after 12 of 40. Choose them again to run them.");
  const done: BulkState = { ...running, phase: "done", done: 40, results: "digest" };
  host.say(done);
  host.drop();
  vi.advanceTimersByTime(250);
  host.greet({ epoch: "third", resumed: true });
  expect(page.bulk).toEqual(done);
});

test("a reload goes on with the session that was kept", () => {
  const later = new Page(host);
  later.start();
  host.greet({ resumed: true });
  expect(host.told.at(-1)).toEqual({ type: "hello", session: "secret", epoch: null, seen: 0 });
});

test("a lost connection is said after a second, and no longer when it is back", () => {
  host.drop();
  vi.advanceTimersByTime(999);
  expect(page.lost).toBe(false);
  vi.advanceTimersByTime(1);
  expect(page.lost).toBe(true);
  host.greet({ resumed: true });
  expect(page.lost).toBe(false);
});

test("waits between attempts double up to five seconds, and hope shortens them", () => {
  host.drop();
  const seen = host.opened;
  for (let attempt = 0; attempt < 8; attempt++) {
    vi.advanceTimersByTime(5000);
    host.drop();
  }
  expect(host.opened).toBe(seen + 8);
  host.retry();
  expect(host.opened).toBe(seen + 9);
});

test("a refused value is said at its input until another one is taken in", () => {
  host.say(frame(1, { elements: [number("n"), number("m")], order: ["n", "m"], values: { n: 1, m: 1 }, reset: true }));
  page.set("n", 500);
  host.say({ type: "problem", text: "At most 120.", input: "n", sequence: 1 }, frame(2, { acknowledged: 1 }));
  page.set("m", 2);
  host.say(frame(3, { acknowledged: 2 }));
  expect(page.problems.get("n")?.text).toBe("At most 120.");
  page.set("n", 12);
  host.say(frame(4, { acknowledged: 3 }));
  expect(page.problems.has("n")).toBe(false);
});

test("answers reach their questions, and a lost connection ends them", async () => {
  const rows = page.ask("table", { start: 0 });
  const other = page.ask("table", { start: 50 });
  host.say({ type: "answer", id: 2, reply: [2], error: null }, { type: "answer", id: 1, reply: null, error: "No such rows." });
  await expect(rows).rejects.toThrow("No such rows.");
  await expect(other).resolves.toEqual([2]);
  const lost = page.ask("table", {});
  host.drop();
  await expect(lost).rejects.toThrow("lost");
});

test("a run marks which outputs it has drawn", () => {
  host.say(frame(1, { elements: [text("a", "x"), text("b", "y")], order: ["a", "b"], reset: true }), run("running"));
  expect(page.drawn.size).toBe(0);
  host.say(frame(2, { elements: [text("b", "z")] }));
  expect([...page.drawn]).toEqual(["b"]);
});

test("a file above the limit is not sent", async () => {
  await expect(page.upload("n", new Blob([new Uint8Array(1001)]), "a.png", () => {})).rejects.toThrow("too big");
});

test("a page that may not be here any more says so, keeps what it shows and tries no more until there is hope", () => {
  host.say(frame(1, { elements: [number("n")], order: ["n"], values: { n: 1 }, reset: true }));
  host.say({ type: "ended", text: "Please ask for a new one." });
  host.drop();
  const seen = host.opened;
  vi.advanceTimersByTime(600_000);
  expect(host.opened).toBe(seen);
  expect(page.ended).toBe("Please ask for a new one.");
  expect(page.inert).toBe(true);
  expect(page.values.get("n")).toBe(1);
  host.retry();
  expect(host.opened).toBe(seen + 1);
  host.greet({ resumed: true });
  expect(page.ended).toBe(null);
});

test("a page that went on in another window goes on in this one when it is used", () => {
  host.drop();
  let seen = host.opened;
  host.used();
  expect(host.opened).toBe(seen); // it comes back by itself: whoever types meanwhile is not to hurry it
  vi.advanceTimersByTime(250);
  host.greet({ resumed: true });
  host.say({ type: "ended", text: "This page is open in another window." });
  host.drop();
  seen = host.opened;
  host.used();
  expect(host.opened).toBe(seen + 1);
  host.greet({ resumed: true });
  expect(page.ended).toBe(null);
  host.say({ type: "ended", text: "This page is open in another window." });
  seen = host.opened;
  host.used(); // before the host has closed the socket
  expect(host.opened).toBe(seen);
  host.drop();
  expect(host.opened).toBe(seen + 1);
  host.drop();
  vi.advanceTimersByTime(600_000);
  expect(host.opened).toBe(seen + 1); // once for one use
});

test("a page that is not let in asks why, and tries again once a minute", async () => {
  host.drop();
  host.reason = "Please ask for a new one.";
  await vi.advanceTimersByTimeAsync(250);
  host.drop();
  await vi.advanceTimersByTimeAsync(0);
  expect(page.ended).toBe("Please ask for a new one.");
  for (let minute = 0; minute < 3; minute++) {
    const seen = host.opened;
    await vi.advanceTimersByTimeAsync(59_999);
    expect(host.opened).toBe(seen);
    await vi.advanceTimersByTimeAsync(1);
    expect(host.opened).toBe(seen + 1);
    host.drop();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(page.ended).toBe("Please ask for a new one.");
  await vi.advanceTimersByTimeAsync(60_000);
  host.greet({ resumed: true });
  expect(page.ended).toBe(null);
});

test("values of a case are set once their inputs are there, and not after the run that had no use for them", () => {
  host.say(frame(1, { elements: [number("a")], order: ["a"], values: { a: 1 }, reset: true }), run("done"));
  page.cases.see({ a: 2, b: 3, gone: 4 });
  expect(host.told.at(-1)).toMatchObject({ type: "set", values: { a: 2 } });
  host.say(frame(2, { elements: [number("b")], order: ["a", "b"], values: { b: 1 }, acknowledged: 1 }), run("done"));
  expect(host.told.at(-1)).toMatchObject({ type: "set", values: { b: 3 } });
  host.say(frame(3, { acknowledged: 2 }), run("done"));
  host.say(frame(4, { elements: [number("gone")], order: ["a", "b", "gone"], values: { gone: 1 } }));
  expect(page.values.get("gone")).toBe(1);
});
