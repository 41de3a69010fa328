/**
 * What the page has yet to tell the host: values of inputs, the latest of each, and at most one press.
 *
 * Owns when a `set` goes out and which values the host has not taken in yet. It must not know sockets or elements.
 */
import type { Json, Set as SetMessage } from "./protocol";

/** When a value goes out: at once, paced while something is dragged, or after a pause in typing. */
export type Timing = "now" | "frame" | "typing";

export const FRAME_MILLISECONDS = 16;
export const TYPING_MILLISECONDS = 150;
/** While a run is under way a drag waits this long before it supersedes it, so that a slow model still answers. */
export const PATIENCE_MILLISECONDS = 300;

interface Flight {
  value: Json;
  sequence: number;
}

export class Outbox {
  /** `sequence` of the last `set` that went out. */
  sequence = 0;
  private pending = new Map<string, Json>();
  private inFlight = new Map<string, Flight>();
  private touched = new Map<string, Json>();
  private pressed: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private dragging = false;
  private sentAt = -Infinity;
  private running = false;

  /**
   * @param send Hands a message to the socket; false when there is none, and then the values are kept.
   * @param changed Called when `idle` may have changed.
   */
  constructor(
    private readonly send: (message: SetMessage) => boolean,
    private readonly changed: () => void = () => {},
  ) {}

  /** Everything was said, and the run that it caused has ended. */
  get idle(): boolean {
    return this.pending.size === 0 && this.pressed === null && !this.running;
  }

  put(name: string, value: Json, timing: Timing): void {
    this.pending.set(name, value);
    this.touched.set(name, value);
    if (timing === "now") this.flush();
    else if (timing === "typing") this.schedule(TYPING_MILLISECONDS);
    else this.drag();
    this.changed();
  }

  press(name: string): void {
    this.pressed = name;
    this.flush();
    this.changed();
  }

  /** Send what waits. Without a connection it goes on waiting. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.dragging = false;
    if (this.pending.size === 0 && this.pressed === null) return;
    const message: SetMessage = {
      type: "set",
      values: Object.fromEntries(this.pending),
      sequence: this.sequence + 1,
      ...(this.pressed === null ? {} : { pressed: this.pressed }),
    };
    if (!this.send(message)) return;
    this.sequence += 1;
    this.sentAt = Date.now();
    this.running = true;
    for (const [name, value] of this.pending) this.inFlight.set(name, { value, sequence: this.sequence });
    this.pending.clear();
    this.pressed = null;
    this.changed();
  }

  /** The host has taken in every `set` up to this one. */
  acknowledge(sequence: number): void {
    // A host that remembers more than this page sent is counting on from an earlier visit of the same session.
    this.sequence = Math.max(this.sequence, sequence);
    for (const [name, flight] of this.inFlight) if (flight.sequence <= sequence) this.inFlight.delete(name);
  }

  /** The host refused this `set`: it is not tried again. */
  refuse(sequence: number): void {
    for (const [name, flight] of this.inFlight) if (flight.sequence === sequence) this.inFlight.delete(name);
  }

  /** True while the page knows better than the host what this input's value is. */
  knowsBetter(name: string): boolean {
    return this.pending.has(name) || this.inFlight.has(name);
  }

  /** The run that the last `set` caused has ended: what is being dragged may go out. */
  settled(): void {
    this.running = false;
    if (this.dragging) this.drag();
    this.changed();
  }

  /** The socket closed: what was not acknowledged must be said again. A press is not, lest it happen twice. */
  lost(): void {
    for (const [name, flight] of this.inFlight) if (!this.pending.has(name)) this.pending.set(name, flight.value);
    this.inFlight.clear();
    this.running = false;
    this.changed();
  }

  /** Nothing of what was set here counts any more: somebody else says what the values are. */
  drop(): void {
    clearTimeout(this.timer);
    this.pending.clear();
    this.inFlight.clear();
    this.touched.clear();
    this.pressed = null;
    this.dragging = false;
    this.running = false;
    this.changed();
  }

  /** The host has a new session for us: tell it everything that was set on this page. */
  startAfresh(): void {
    this.pending = new Map(this.touched);
    this.inFlight.clear();
  }

  private drag(): void {
    const wait = this.sentAt + (this.running ? PATIENCE_MILLISECONDS : FRAME_MILLISECONDS) - Date.now();
    if (wait <= 0) this.flush();
    else {
      this.schedule(wait);
      this.dragging = true;
    }
  }

  private schedule(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), milliseconds);
  }
}
