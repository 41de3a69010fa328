/**
 * The cases that were tried: how many there are, and setting the inputs to what they were in one.
 *
 * What is kept of them is asked for by who shows it.
 */
import type { Page } from "./page.svelte";
import type { Element, HistoryState, Json } from "./protocol";

export class Cases {
  state = $state.raw<HistoryState | null>(null);
  /** Changes when there is news of the case that was opened by its link. */
  news = $state(0);
  /** Values of inputs that the page does not have yet: the script makes some only where others are set. */
  private rest: Record<string, Json> = {};

  constructor(private readonly page: Pick<Page, "elements" | "set" | "commit" | "press">) {}

  /** Set the inputs to these values, and press the buttons of the groups that they are in. */
  see(values: Record<string, Json>): void {
    this.rest = { ...values };
    this.appeared();
  }

  /** The page may have other inputs than before. */
  appeared(): void {
    const names = Object.keys(this.rest).filter((name) => this.page.elements.has(name));
    if (names.length === 0) return;
    const { page, rest } = this;
    this.rest = Object.fromEntries(Object.entries(rest).filter(([name]) => !names.includes(name)));
    const open = names.filter((name) => !(page.elements.get(name)?.props as { disabled?: boolean }).disabled);
    for (const name of open) page.set(name, rest[name]!, "frame");
    page.commit();
    for (const group of groupsOf(open, page.elements)) page.press(group);
  }

  /** The run with what was set has ended: what it had no use for is not set any more. */
  leave(): void {
    this.rest = {};
  }
}

/** The groups with a submit button that these inputs are in: their values count only once it is pressed. */
export function groupsOf(names: string[], elements: ReadonlyMap<string, Element>): Set<string> {
  const found = new Set<string>();
  for (const name of names) {
    for (let element = elements.get(name); element !== undefined; element = elements.get(element.parent)) {
      if (element.props.type === "inputs" && element.props.submit !== null) found.add(element.id);
    }
  }
  return found;
}
