/**
 * The list of edits as the controls see it: what is kept, and at most one picked frame. A list that came from elsewhere
 * may be any; the controls then show what it comes to.
 */
import type { VideoEdit } from "../protocol";
import { clock } from "../sound/samples";

/** A video as the value of an input holds it. */
export interface EditedVideo {
  blob: string;
  name: string;
  seconds: number;
  frame_count: number;
  rate: number;
  width: number;
  height: number;
  preview: string | null;
  poster: string;
  strip: string;
  edits: VideoEdit[];
}

export interface Span {
  start: number;
  end: number;
}

/** All times are of the original, in seconds. */
export interface Cut {
  span: Span;
  frame: number | null;
}

export type Length = Pick<EditedVideo, "seconds" | "rate" | "frame_count">;

/** What a list of edits comes to. Each applies to what the one before it left. */
export function cutOf(edits: readonly VideoEdit[], seconds: number): Cut {
  const span = { start: 0, end: seconds };
  for (const edit of edits) {
    if (edit.op === "frame") return { span, frame: Math.min(span.start + edit.at, span.end) };
    span.end = Math.min(span.end, span.start + edit.end);
    span.start = Math.min(span.start + edit.start, span.end);
  }
  return { span, frame: null };
}

/** The shortest list that comes to a cut. A frame that is no longer in what is kept is left out. */
export function editsOf({ span, frame }: Cut, seconds: number): VideoEdit[] {
  const edits: VideoEdit[] = [];
  if (span.start > 0 || span.end < seconds) edits.push({ op: "trim", start: rounded(span.start), end: rounded(span.end) });
  if (frame !== null && frame >= span.start && frame <= span.end) edits.push({ op: "frame", at: rounded(frame - span.start) });
  return edits;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** The beginning of the frame that begins nearest to a time; the end of the last one is the end of the video. */
export function boundary(time: number, video: Length): number {
  const number = Math.round(time * video.rate);
  return number >= video.frame_count ? video.seconds : rounded(Math.max(0, number) / video.rate);
}

/** Number of the frame that is shown at a time. */
export function frameNumber(time: number, video: Length): number {
  return Math.max(0, Math.min(video.frame_count - 1, Math.floor(time * video.rate + 1e-3)));
}

/** The middle of the frame that is shown at a time: no rounding takes it for another one. */
export function middle(time: number, video: Length): number {
  return (frameNumber(time, video) + 0.5) / video.rate;
}

/** A span with one end moved to a frame's boundary; at least one frame stays. */
export function moved(span: Span, side: keyof Span, time: number, video: Length): Span {
  const shortest = Math.min(1 / video.rate, video.seconds);
  if (side === "start") return { start: boundary(Math.max(0, Math.min(time, span.end - shortest)), video), end: span.end };
  return { start: span.start, end: boundary(Math.min(video.seconds, Math.max(time, span.start + shortest)), video) };
}

/** How far a key moves a handle or the playhead, in seconds, or null for a key that does not. */
export function keyStep(event: Pick<KeyboardEvent, "key" | "shiftKey">, video: Length): number | null {
  const step = (event.shiftKey ? 10 : 1) / video.rate;
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowDown":
      return -step;
    case "ArrowRight":
    case "ArrowUp":
      return step;
    case "PageDown":
      return -Math.max(1, video.seconds / 10);
    case "PageUp":
      return Math.max(1, video.seconds / 10);
    case "Home":
      return -Infinity;
    case "End":
      return Infinity;
    default:
      return null;
  }
}

/** What was done, each in a few words. */
export function words({ span, frame }: Cut, video: Length): string[] {
  const items: string[] = [];
  if (span.start > 0 || span.end < video.seconds) items.push(`Trim ${clock(span.start)} to ${clock(span.end)}`);
  if (frame !== null) items.push(`Frame ${frameNumber(frame, video) + 1}`);
  return items;
}
