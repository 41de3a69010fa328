/** What a pointer does on the picture with the tool in hand: strokes, and boxes drawn, moved and resized. */
import { grabbed, handleAt, movedBy, resized, tidy, type Handle, type Point } from "./boxes";
import { RATIOS, type Editor } from "./editor.svelte";
import type { Box } from "./geometry";
import { thinned } from "./path";
import { openCrop, WHOLE, withCrop, type Edits } from "./rules";
import type { View } from "./view.svelte";

export interface Drag {
  move(point: Point): void;
  end(): void;
}

/** How far a pointer may be from a handle, in pixels of the screen. */
export const REACH = { mouse: 12, touch: 24 };
/** A press that moves less than this draws no box. */
const STILL = 4;
/** How far a stroke may stray when it is made of fewer points, in widths of the brush. */
const STRAY = 0.03;

/** Begin what a press at a point does; null if the tool does nothing at a place. */
export function begin(editor: Editor, view: View, point: Point, reach: number): Drag | null {
  const held = boxInHand(editor, view);
  if (held !== null) return boxDrag(editor, view, held, point, reach);
  return editor.tool === "occlude" ? stroke(editor, view, point) : null;
}

/** What a press at a point would grab of a box: a handle, [0, 0] for the whole box, or null for nothing. */
export function handleUnder(held: HeldBox, view: View, point: Point, reach: number): Handle | null {
  if (held.box === null) return null;
  const handle = grabbed(held.box, point, view.fractions(reach));
  // A box that is the whole picture cannot be moved: a press inside draws a new one.
  return handle !== null && isInside(handle) && held.box.every((edge, index) => edge === WHOLE[index]) ? null : handle;
}

function isInside([across, down]: Handle): boolean {
  return across === 0 && down === 0;
}

/** A box that can be changed, how it becomes a list of edits, and the ratio that it keeps, in fractions. */
export interface HeldBox {
  box: Box | null;
  ratio: number | null;
  changed(box: Box): Edits;
  drawn(box: Box): Edits;
}

export function boxInHand(editor: Editor, view: View): HeldBox | null {
  if (editor.tool === "crop") return cropping(editor, view);
  return editor.tool === "occlude" && editor.cover === "box" ? covering(editor) : null;
}

/** A named ratio in fractions of the picture. */
export function fractionRatio(editor: Editor, view: View, name = editor.ratio): number | null {
  const ratio = RATIOS[name];
  return ratio === null ? null : ratio === "original" ? 1 : ratio / view.ratio;
}

function cropping(editor: Editor, view: View): HeldBox {
  const change = (box: Box): Edits => withCrop(editor.edits, box);
  return { box: openCrop(editor.edits), ratio: fractionRatio(editor, view), changed: change, drawn: change };
}

function covering(editor: Editor): HeldBox {
  const before = editor.edits;
  return {
    box: editor.openBox,
    ratio: null,
    changed: (box) => editor.withOpenBox(box),
    drawn: (box) => [...before, editor.boxed(box)],
  };
}

function boxDrag(editor: Editor, view: View, held: HeldBox, start: Point, reach: number): Drag {
  const handle = handleUnder(held, view, start, reach);
  if (held.box === null || handle === null) return newBox(editor, view, held, start);
  const { box, ratio } = held;
  const at = handleAt(handle, box);
  return {
    move([x, y]) {
      const across = x - start[0];
      const down = y - start[1];
      const changed = isInside(handle) ? movedBy(box, across, down) : resized(box, handle, [at[0] + across, at[1] + down], ratio);
      editor.live(held.changed(changed));
    },
    end: () => editor.done(),
  };
}

function newBox(editor: Editor, view: View, held: HeldBox, start: Point): Drag {
  const corner = tidy([...start, ...start]);
  const [across, down] = view.fractions(STILL);
  let drawing = false;
  return {
    move(point) {
      drawing ||= Math.abs(point[0] - start[0]) > across || Math.abs(point[1] - start[1]) > down;
      if (drawing) editor.live(held.drawn(resized(corner, [1, 1], point, held.ratio)));
    },
    end: () => editor.done(),
  };
}

function stroke(editor: Editor, view: View, start: Point): Drag {
  const before = editor.edits;
  const points: Point[] = [start];
  const step = Math.max(view.fractions(1)[0], view.fractions(1)[1]);
  const { colour, brush: width } = editor;
  const drawn = (): Edits => [...before, { op: "occlude", colour, path: thinned(points, width * STRAY, view.ratio), width }];
  editor.live(drawn());
  return {
    move(point) {
      const last = points.at(-1)!;
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) < step) return;
      points.push(point);
      editor.live(drawn());
    },
    end: () => editor.done(),
  };
}
