import type { Page } from "../page.svelte";
import type { Json, Occlude } from "../protocol";
import { same } from "../same";
import type { Timing } from "../outbox";
import { withRatio } from "./boxes";
import type { Box } from "./geometry";
import { History } from "./history.svelte";
import { canonical, openCrop, settled, withCrop, type Edits, type Operation } from "./rules";
import type { Picture } from "./source";

export interface EditedPicture extends Picture {
  edits: Edits;
}

/** Width over height in pixels; null is any, "original" that of the picture. */
export const RATIOS = { Free: null, Original: "original", "1:1": 1, "4:3": 4 / 3, "3:2": 3 / 2, "16:9": 16 / 9 } as const;
export type RatioName = keyof typeof RATIOS;

/**
 * The editor of one picture: the tool in hand, and how a change becomes the input's value.
 *
 * The edits themselves are in the page's value and nowhere else, so that what comes from the host or another tab is shown
 * the same way. A drag changes them live, and is one step to undo when it ends.
 */
export class Editor {
  tool = $state<Operation>("crop");
  ratio = $state<RatioName>("Free");
  cover = $state<"brush" | "box">("brush");
  colour = $state<Occlude["colour"]>("#000000");
  /** Diameter of the brush, in fractions of the picture's longer side. */
  brush = $state(0.08);
  /** The width of the brush is being chosen: it is shown on the picture. */
  sizing = $state(false);
  /** The original is shown while this is held. */
  comparing = $state(false);
  readonly history = new History();
  /** The list before the drag that is under way. */
  private before = $state.raw<Edits | null>(null);
  /** The list that was set here last. */
  private known: Edits = [];
  readonly dragging = $derived(this.before !== null);
  readonly edits = $derived.by(() => this.value()?.edits ?? []);
  /** The box of an occlusion that is the last edit: it can still be moved. */
  readonly openBox = $derived.by(() => {
    const last = this.edits.at(-1);
    return this.tool === "occlude" && this.cover === "box" && last?.op === "occlude" ? (last.box ?? null) : null;
  });

  constructor(
    private readonly page: Page,
    private readonly id: () => string,
    private readonly value: () => EditedPicture | null,
  ) {}

  /** The value that is edited is this picture. */
  isOf(picture: Picture): boolean {
    return this.value()?.blob === picture.blob;
  }

  /** Show a list, and let the model answer to it, while a drag goes on. */
  live(edits: Edits): void {
    this.before ??= this.edits;
    this.set(edits, "frame");
  }

  /** End a drag, or make a change in one step; one of a run of small ones is undone with the others. */
  done(edits: Edits = this.edits, run: string | null = null): void {
    const before = this.before ?? this.edits;
    this.before = null;
    const after = settled(edits);
    if (!isSame(before, after)) this.history.record(before, run);
    this.set(after, "now");
  }

  /** Take back a drag that turned out to be something else. */
  cancel(): void {
    const before = this.before;
    this.before = null;
    if (before !== null) this.set(before, "now");
  }

  undo(): void {
    this.cancel();
    this.set(this.history.undo(this.edits), "now");
  }

  redo(): void {
    this.cancel();
    this.set(this.history.redo(this.edits), "now");
  }

  /** Another picture came: it has edits and a history of its own. */
  startAfresh(): void {
    this.before = null;
    this.known = this.edits;
    this.history.forget();
  }

  /** The value may have been changed elsewhere, by a click on an example say: that can be undone too. */
  notice(): void {
    const { known, edits } = this;
    this.known = edits;
    if (!this.dragging && !isSame(known, edits)) this.history.record(known);
  }

  chooseRatio(name: RatioName, ratio: number | null): void {
    this.ratio = name;
    if (ratio !== null) this.done(withCrop(this.edits, withRatio(openCrop(this.edits), ratio)));
  }

  /** Another colour, also for a box that is still in hand. */
  chooseColour(colour: string, live = false): void {
    this.colour = colour;
    const box = this.openBox;
    if (box === null) return;
    if (live) this.live(this.withOpenBox(box));
    else this.done(this.withOpenBox(box));
  }

  /** The list with the box in hand changed. */
  withOpenBox(box: Box): Edits {
    return [...this.edits.slice(0, -1), this.boxed(box)];
  }

  boxed(box: Box): Occlude {
    return { op: "occlude", colour: this.colour, box };
  }

  private set(edits: Edits, timing: Timing): void {
    const value = this.value();
    if (value === null) return;
    this.known = canonical(edits);
    this.page.set(this.id(), { ...value, edits: this.known } as unknown as Json, timing);
  }
}

function isSame(first: Edits, second: Edits): boolean {
  return same(first as unknown as Json, second as unknown as Json);
}
