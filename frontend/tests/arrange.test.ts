import { expect, test } from "vitest";
import { arrange, rows } from "../src/layout/arrange";
import type { Element } from "../src/protocol";

/** Elements from "id:kind" or "id:kind:parent". */
function page(...lines: string[]): ReturnType<typeof arrange> {
  const elements = new Map<string, Element>();
  const children = new Map<string, string[]>();
  for (const line of lines) {
    const [id = "", type = "", parent = ""] = line.split(":");
    elements.set(id, { id, parent, props: { type, level: id === "error" ? "error" : "status" } as unknown as Element["props"] });
    children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  return arrange(children, elements);
}

test("inputs go left and outputs right, whatever their order", () => {
  const { app, blocks } = page("title:app", "n:number_input", "out:text_output", "go:button", "plot:plot_output");
  expect(app).toBe("title");
  expect(blocks).toMatchObject([{ inputs: ["n", "go"], outputs: ["out", "plot"], hasInputs: true }]);
});

test("prose stands left before the first output and right after it", () => {
  const { blocks } = page("lead:markdown", "n:number_input", "more:markdown", "out:text_output", "end:markdown");
  expect(blocks[0]).toMatchObject({ inputs: ["lead", "n", "more"], outputs: ["out", "end"] });
});

test("a section is a block of its own, and ends the one before it", () => {
  const { blocks } = page("n:number_input", "s:section", "m:slider_input:s", "out:text_output:s", "last:text_output");
  expect(blocks).toMatchObject([
    { section: null, inputs: ["n"], outputs: [] },
    { section: "s", inputs: ["m"], outputs: ["out"] },
    { section: null, inputs: [], outputs: ["last"], hasInputs: false },
  ]);
});

test("a container with an output goes right, one with inputs alone goes left", () => {
  const { blocks } = page(
    "c:columns", "c1:column:c", "n:number_input:c1",
    "t:tabs", "t1:tab:t", "m:number_input:t1", "out:text_output:t1",
    "g:inputs", "k:text_input:g",
  );
  expect(blocks[0]).toMatchObject({ inputs: ["c", "g"], outputs: ["t"] });
});

test("progress and status stand above the outputs, an error stands among them", () => {
  const { blocks } = page("n:number_input", "p:progress", "status:message", "error:message");
  expect(blocks[0]).toMatchObject({ activity: ["p", "status"], outputs: ["error"] });
});

test("buttons that follow each other stand in one row", () => {
  const kinds: Record<string, string> = { a: "number_input", b: "button", c: "button", d: "text_input", e: "button" };
  const elements = { get: (id: string) => ({ id, parent: "", props: { type: kinds[id] } }) as unknown as Element };
  expect(rows(["a", "b", "c", "d", "e"], elements)).toEqual([["a"], ["b", "c"], ["d"], ["e"]]);
});
