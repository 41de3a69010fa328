/** Pointers, fingers and the wheel on the stage: which of them draw, and which move the picture. */
import type { Attachment } from "svelte/attachments";
import type { Point } from "./boxes";
import type { Drag } from "./drags";
import type { View } from "./view.svelte";

interface Options {
  view: View;
  /** The tool in hand does something at a place; otherwise a drag moves the picture. */
  places: () => boolean;
  press: (point: Point, touch: boolean) => Drag | null;
  /** Take back what a press began: it was the first finger of two. */
  cancel: () => void;
  /** Where a pointer is, in pixels of the stage; null for nowhere. */
  hover: (at: { x: number; y: number } | null) => void;
  panning: (on: boolean) => void;
}

interface Finger {
  x: number;
  y: number;
}

/** A finger that moves less than this may be the first of two. */
const TOUCH_SLOP = 5;
const WHEEL_SPEED = 0.0018;
const PINCH_WHEEL_SPEED = 0.01;

export function gestures(options: Options): Attachment<HTMLElement> {
  return (stage) => {
    const surface = new Surface(stage, options);
    return () => surface.end();
  };
}

class Surface {
  private readonly control = new AbortController();
  private readonly fingers = new Map<number, Finger>();
  private drag: Drag | null = null;
  /** A finger's press that has not moved yet. */
  private waiting: { at: Finger; point: Point } | null = null;
  private pan: Finger | null = null;
  private space = false;
  /** The pointer moved here since the page was scrolled: the wheel is meant for the picture. */
  private entered = false;

  constructor(
    private readonly stage: HTMLElement,
    private readonly options: Options,
  ) {
    const { signal } = this.control;
    stage.addEventListener("pointerdown", (event) => this.down(event), { signal });
    stage.addEventListener("pointermove", (event) => this.move(event), { signal });
    for (const name of ["pointerup", "pointercancel"] as const) stage.addEventListener(name, (event) => this.up(event), { signal });
    stage.addEventListener("pointerleave", () => this.options.hover(null), { signal });
    stage.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    addEventListener("scroll", () => (this.entered = false), { signal, capture: true });
    addEventListener("keydown", (event) => this.key(event, true), { signal });
    addEventListener("keyup", (event) => this.key(event, false), { signal });
  }

  end(): void {
    this.control.abort();
    this.drag?.end();
  }

  private at(event: MouseEvent): Finger {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.x, y: event.clientY - box.y };
  }

  private point(at: Finger): Point {
    return this.options.view.placeAt(at.x, at.y);
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 && event.button !== 1) return;
    event.preventDefault();
    this.stage.closest<HTMLElement>("[data-editor]")?.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    const at = this.at(event);
    this.fingers.set(event.pointerId, at);
    if (this.fingers.size > 1) return this.beginPinch();
    const touch = event.pointerType === "touch";
    if (event.button === 1 || this.space || !this.options.places()) {
      this.pan = at;
      this.options.panning(true);
    } else if (touch) this.waiting = { at, point: this.point(at) };
    else this.drag = this.options.press(this.point(at), false);
    if (touch) this.options.hover(at);
  }

  /** A second finger: what the first began was no stroke. */
  private beginPinch(): void {
    if (this.drag !== null) this.options.cancel();
    this.drag = this.waiting = this.pan = null;
    this.options.hover(null);
  }

  private move(event: PointerEvent): void {
    this.entered = true;
    const at = this.at(event);
    const last = this.fingers.get(event.pointerId);
    if (last === undefined) return event.pointerType === "touch" ? undefined : this.options.hover(at);
    if (this.fingers.size > 1) return this.pinch(event.pointerId, last, at);
    this.fingers.set(event.pointerId, at);
    this.options.hover(at);
    if (this.pan !== null) {
      this.options.view.panBy(at.x - this.pan.x, at.y - this.pan.y);
      this.pan = at;
      return;
    }
    if (this.waiting !== null && Math.hypot(at.x - this.waiting.at.x, at.y - this.waiting.at.y) > TOUCH_SLOP) this.beginTouch();
    if (this.drag === null) return;
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of steps.length > 0 ? steps : [event]) this.drag.move(this.point(this.at(step)));
  }

  private beginTouch(): void {
    if (this.waiting !== null) this.drag = this.options.press(this.waiting.point, true);
    this.waiting = null;
  }

  private pinch(moving: number, from: Finger, to: Finger): void {
    const other = [...this.fingers].find(([pointer]) => pointer !== moving)?.[1];
    this.fingers.set(moving, to);
    if (other === undefined) return;
    const before = Math.hypot(from.x - other.x, from.y - other.y);
    const after = Math.hypot(to.x - other.x, to.y - other.y);
    const { view } = this.options;
    if (before > 0) view.zoomBy(after / before, (to.x + other.x) / 2, (to.y + other.y) / 2);
    view.panBy((to.x - from.x) / 2, (to.y - from.y) / 2);
  }

  private up(event: PointerEvent): void {
    if (!this.fingers.delete(event.pointerId)) return;
    if (event.type === "pointercancel" && this.drag !== null) this.options.cancel();
    else {
      if (event.type === "pointerup") this.beginTouch();
      this.drag?.end();
    }
    this.drag = this.waiting = this.pan = null;
    this.options.panning(false);
    if (event.pointerType === "touch") this.options.hover(null);
  }

  private wheel(event: WheelEvent): void {
    const { view } = this.options;
    // Scrolling the page past the picture is not zooming, nor is scrolling down where there is nothing to zoom out of.
    if (!event.ctrlKey && (!this.entered || (event.deltaY > 0 && view.zoom === 1))) return;
    event.preventDefault();
    const { x, y } = this.at(event);
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY;
    view.zoomBy(Math.exp(-pixels * (event.ctrlKey ? PINCH_WHEEL_SPEED : WHEEL_SPEED)), x, y);
  }

  private key(event: KeyboardEvent, pressed: boolean): void {
    if (event.key !== " ") return;
    const target = event.target as HTMLElement;
    this.space = pressed && !target.matches("input, button, select, textarea, summary, a");
    if (this.space && this.stage.closest("[data-editor]")?.contains(target)) event.preventDefault();
  }
}
