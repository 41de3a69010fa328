/**
 * Where elements go: consecutive elements form a block with inputs on the left and outputs on the right.
 *
 * A pure function of the frame. It must not know components.
 */
import type { Element, Props } from "../protocol";

export type Kind = Props["type"];

export interface Block {
  key: string;
  /** The section whose children these are, or null for elements that stand on the page itself. */
  section: string | null;
  inputs: string[];
  outputs: string[];
  /** Progress and status: shown in the space above the outputs, not in the flow. */
  activity: string[];
  /** False if what is on the left is prose only. */
  hasInputs: boolean;
}

export interface Arrangement {
  app: string | null;
  /** The element that shows the script, or null. */
  code: string | null;
  blocks: Block[];
}

type Side = "input" | "output" | "prose" | "activity";
type Children = ReadonlyMap<string, string[]>;
type Elements = { get(id: string): Element | undefined };

const CONTAINERS: ReadonlySet<string> = new Set(["section", "columns", "column", "tabs", "tab"]);

/** Buttons that follow each other stand in one row; everything else has a row of its own. */
export function rows(ids: string[], elements: Elements): string[][] {
  const found: string[][] = [];
  let open: string[] | null = null;
  for (const id of ids) {
    const isButton = elements.get(id)?.props.type === "button";
    if (isButton && open !== null) open.push(id);
    else found.push((open = [id]));
    if (!isButton) open = null;
  }
  return found;
}

export function arrange(children: Children, elements: Elements): Arrangement {
  const arrangement: Arrangement = { app: null, code: null, blocks: [] };
  let open: Block | null = null;
  for (const id of children.get("") ?? []) {
    const kind = elements.get(id)?.props.type;
    if (kind === "app") arrangement.app = id;
    else if (kind === "code") arrangement.code = id;
    else if (kind === "section") {
      arrangement.blocks.push(fill(emptyBlock(id, id), children.get(id) ?? [], children, elements));
      open = null;
    } else if (kind !== undefined) {
      // Beside its script a page is read from the top: what follows an answer stays below it.
      if (arrangement.code !== null && open !== null && open.outputs.length > 0 && sideOf(id, children, elements) !== "output") open = null;
      if (open === null) arrangement.blocks.push((open = emptyBlock(`block ${arrangement.blocks.length}`, null)));
      fill(open, [id], children, elements);
    }
  }
  return arrangement;
}

/** What a kind is to the reader: `button` and everything that ends with `_input` is an input. */
export function isInput(kind: string): boolean {
  return kind === "button" || kind === "inputs" || kind.endsWith("_input");
}

function emptyBlock(key: string, section: string | null): Block {
  return { key, section, inputs: [], outputs: [], activity: [], hasInputs: false };
}

function fill(block: Block, ids: string[], children: Children, elements: Elements): Block {
  for (const id of ids) {
    const side = sideOf(id, children, elements);
    if (side === "activity") block.activity.push(id);
    else if (side === "output" || (side === "prose" && block.outputs.length > 0)) block.outputs.push(id);
    else block.inputs.push(id);
    block.hasInputs ||= side === "input";
  }
  return block;
}

function sideOf(id: string, children: Children, elements: Elements): Side {
  const props = elements.get(id)?.props;
  if (props === undefined) return "prose";
  if (isInput(props.type)) return "input";
  if (props.type === "markdown") return "prose";
  if (props.type === "progress" || (props.type === "message" && props.level === "status")) return "activity";
  if (!CONTAINERS.has(props.type)) return "output";
  const sides = (children.get(id) ?? []).map((child) => sideOf(child, children, elements));
  if (sides.includes("output")) return "output";
  return sides.includes("input") ? "input" : "prose";
}
