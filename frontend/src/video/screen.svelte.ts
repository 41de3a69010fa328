/** A video element: what it shows, and playing what is kept of it in a loop. */
import type { Span } from "./rules";

export class Screen {
  playing = $state(false);
  /** Seconds from its beginning. */
  time = $state(0);
  /** The browser cannot play it. */
  failed = $state(false);
  /** It shows a frame of its own, and no longer the poster. */
  shown = $state(false);
  private element: HTMLVideoElement | null = null;
  private frame = 0;
  /** Where to go once the browser has got to where it was sent before. */
  private next: number | null = null;

  /** @param loop What is played again and again. */
  constructor(private readonly loop: () => Span) {}

  attach(element: HTMLVideoElement): () => void {
    this.element = element;
    const stop = new AbortController();
    const on = (name: string, act: () => void) => element.addEventListener(name, act, { signal: stop.signal });
    on("play", () => this.follow());
    on("pause", () => this.rest());
    on("ended", () => this.playing && this.again());
    on("error", () => (this.failed = true));
    on("loadeddata", () => (this.shown = true));
    on("seeked", () => this.arrived());
    return () => {
      stop.abort();
      cancelAnimationFrame(this.frame);
      element.pause();
      this.element = null;
    };
  }

  /** Another video. */
  forget(): void {
    this.failed = this.playing = this.shown = false;
    this.time = 0;
    this.next = null;
  }

  async toggle(): Promise<void> {
    const element = this.element;
    if (element === null) return;
    if (this.playing) return element.pause();
    const { start, end } = this.loop();
    if (this.time < start || this.time >= end - 1e-3) this.seek(start);
    try {
      await element.play();
    } catch (fault) {
      if ((fault as DOMException).name !== "AbortError") this.failed = true;
    }
  }

  pause(): void {
    this.element?.pause();
  }

  /** Show the frame at a time. While the browser looks for one, only the latest wish is kept. */
  seek(seconds: number): void {
    this.time = seconds;
    if (this.element === null) return;
    // The news that the last place is reached may still be on its way: it must not bring an older wish back.
    this.next = this.element.seeking ? seconds : null;
    if (this.next === null) this.element.currentTime = seconds;
  }

  private arrived(): void {
    if (this.next === null || this.element === null) return;
    this.element.currentTime = this.next;
    this.next = null;
  }

  private follow(): void {
    this.playing = true;
    const look = () => {
      if (this.element !== null && !this.element.seeking) this.time = this.element.currentTime;
      if (this.time >= this.loop().end) this.again();
      this.frame = requestAnimationFrame(look);
    };
    look();
  }

  private again(): void {
    this.seek(this.loop().start);
    if (this.element?.paused) void this.element.play();
  }

  private rest(): void {
    if (this.element?.ended) return;
    cancelAnimationFrame(this.frame);
    this.playing = false;
  }
}
