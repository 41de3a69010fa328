/** Scrolling along with the presenter: what a watcher wants and is told, and what the presenter tells. */
import type { PageMessage, Scroll } from "./protocol";
import type { Place } from "./scrolling";

export class ScrollAlong {
  /** For a watcher: she wants to scroll along. */
  wanted = $state(false);
  /** What the presenter has at the top of her window, or null. */
  place = $state.raw<Scroll | null>(null);

  constructor(private readonly send: (message: PageMessage) => unknown) {}

  want(now: boolean): void {
    this.wanted = now;
    this.place = null;
    this.send({ type: "follow_scroll", now });
  }

  /** The connection is there, perhaps another one. */
  opened(): void {
    if (this.wanted) this.send({ type: "follow_scroll", now: true });
  }

  /** For the presenter: tell watchers who asked. */
  tell(place: Place): void {
    this.send({ type: "scrolled", ...place });
  }
}
