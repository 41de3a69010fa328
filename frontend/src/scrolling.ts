/**
 * What is at the top of a window, by element and not by pixels: pages of other widths have other heights.
 *
 * Knows the page as it is drawn, and nothing of messages.
 */
import type { Scroll } from "./protocol";

export type Place = Pick<Scroll, "element" | "fraction" | "above">;

const PAUSE_MILLISECONDS = 100;
const SCROLLING_KEYS = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "]);

/** Where an element is in the window when no column sticks; columns start at one height, and the higher one never sticks. */
function top(element: Element): number {
  const column = element.closest(".split > .inputs, .split > .outputs");
  const at = element.getBoundingClientRect().top;
  if (column === null) return at;
  const columns = [...column.parentElement!.querySelectorAll(":scope > .inputs, :scope > .outputs")];
  const begin = Math.min(...columns.map((one) => one.getBoundingClientRect().top));
  return at - column.getBoundingClientRect().top + begin;
}

/** True in a column beside a higher one: what is scrolled by is in that one. */
function beside(element: Element): boolean {
  const column = element.closest(".split > .inputs, .split > .outputs");
  if (column === null) return false;
  const columns = [...column.parentElement!.querySelectorAll(":scope > .inputs, :scope > .outputs")];
  return columns.some((one) => one.clientHeight > column.clientHeight);
}

export function place(): Place {
  if (window.scrollY <= 0) return { element: null, fraction: 0, above: 0 };
  let inside: { id: string; top: number; height: number } | null = null;
  let below: { id: string; top: number } | null = null;
  for (const element of document.querySelectorAll<HTMLElement>("main [data-name]")) {
    const height = element.offsetHeight;
    if (height === 0 || beside(element)) continue;
    const found = { id: element.dataset.name ?? "", top: top(element), height };
    if (found.top <= 0 && found.top + height > 0) {
      if (inside === null || height < inside.height) inside = found; // the innermost
    } else if (found.top > 0 && (below === null || found.top < below.top)) below = found;
  }
  if (inside !== null) return { element: inside.id, fraction: -inside.top / inside.height, above: 0 };
  return below === null ? { element: null, fraction: 0, above: 0 } : { element: below.id, fraction: 0, above: below.top };
}

/** How far this page must be scrolled to have that place at its top; null if it is not on the page. */
function distance({ element, fraction, above }: Place): number | null {
  if (element === null) return 0;
  const drawn = [...document.querySelectorAll<HTMLElement>("main [data-name]")].find((one) => one.dataset.name === element);
  let shown: HTMLElement | null | undefined = drawn;
  while (shown && shown.offsetHeight === 0) shown = shown.parentElement?.closest<HTMLElement>("[data-name]"); // behind a tab
  if (!shown) return null;
  const within = shown === drawn ? shown.offsetHeight * fraction - above : 0;
  return window.scrollY + top(shown) + within;
}

/** Tell where this page is scrolled to, now and whenever that changes; returns what ends it. */
export function tellScroll(tell: (place: Place) => void): () => void {
  let last = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;
  const look = () => {
    timer = undefined;
    const now = place();
    const said = JSON.stringify(now);
    if (said === last) return;
    last = said;
    tell(now);
  };
  const soon = () => {
    timer ??= setTimeout(() => (frame = requestAnimationFrame(look)), PAUSE_MILLISECONDS);
  };
  const sizes = new ResizeObserver(soon);
  look();
  sizes.observe(document.body);
  addEventListener("scroll", soon, { passive: true });
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    sizes.disconnect();
    removeEventListener("scroll", soon);
  };
}

export class Follower {
  private place: Place | null = null;
  private readonly sizes = new ResizeObserver(() => this.go("instant"));
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly own = (event: Event) => {
    if (event instanceof KeyboardEvent && !SCROLLING_KEYS.has(event.key)) return;
    // On the window's scroll bar, and not on the page.
    if (event instanceof PointerEvent && event.clientX < document.documentElement.clientWidth) return;
    this.stopped();
  };

  /** `stopped` is called when the reader scrolls by herself. */
  constructor(private readonly stopped: () => void) {
    this.sizes.observe(document.body);
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(kind, this.own, { passive: true });
  }

  follow(place: Place): void {
    this.place = place;
    this.go(this.calm.matches ? "instant" : "smooth");
  }

  end(): void {
    this.sizes.disconnect();
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) removeEventListener(kind, this.own);
  }

  private go(behavior: ScrollBehavior): void {
    const to = this.place && distance(this.place);
    if (to !== null && Math.abs(to - window.scrollY) >= 1) window.scrollTo({ top: to, behavior });
  }
}
