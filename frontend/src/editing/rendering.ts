/**
 * A picture after its edits, from a reduced copy of the original.
 *
 * Owns which intermediate pictures are kept, so that a drag does only what it changes. Knows no canvas and no page.
 */
import type { Json, PictureEdit } from "../protocol";
import { same } from "../same";
import { blurred } from "./blur";
import { cropped, flipped, rotated } from "./geometry";
import { occluded } from "./occlusion";
import type { Pixels } from "./pixels";
import { brightened, contrasted, noisy } from "./tones";

/** How many intermediate pictures are kept: what is under the edit in hand, and a few steps to undo. */
const KEPT = 6;

/** A picture after one edit. `reduction` is how many times smaller it is than the host's. */
export function editedOnce(picture: Pixels, edit: PictureEdit, reduction: number): Pixels {
  switch (edit.op) {
    case "crop":
      return cropped(picture, edit.box);
    case "occlude":
      return occluded(picture, edit);
    case "rotate":
      return rotated(picture, edit.degrees);
    case "flip":
      return flipped(picture, edit.axis);
    case "brightness":
      return brightened(picture, edit.amount);
    case "contrast":
      return contrasted(picture, edit.factor);
    case "noise":
      return noisy(picture, edit.sigma, edit.seed ?? 0, reduction);
    case "blur":
      return blurred(picture, edit.sigma * Math.max(picture.width, picture.height));
  }
}

export class Rendering {
  private edits: readonly PictureEdit[] = [];
  /** Pictures after the first so many edits, the one used last at the end. */
  private kept = new Map<number, Pixels>();

  constructor(
    readonly original: Pixels,
    readonly reduction: number,
  ) {}

  /** The picture after all these edits. */
  after(edits: readonly PictureEdit[]): Pixels {
    this.forget(edits);
    let done = edits.length;
    while (done > 0 && !this.kept.has(done)) done -= 1;
    let picture = done === 0 ? this.original : this.keep(done, this.kept.get(done)!);
    for (; done < edits.length; done += 1) {
      picture = editedOnce(picture, edits[done]!, this.reduction);
      this.keep(done + 1, picture);
    }
    return picture;
  }

  private forget(edits: readonly PictureEdit[]): void {
    let alike = 0;
    while (alike < edits.length && alike < this.edits.length && isSame(edits[alike]!, this.edits[alike]!)) alike += 1;
    // What is beyond the end of a shorter list is kept, for a redo, until something else comes there.
    if (alike === edits.length) return;
    for (const count of [...this.kept.keys()]) if (count > alike) this.kept.delete(count);
    this.edits = edits;
  }

  private keep(count: number, picture: Pixels): Pixels {
    this.kept.delete(count);
    this.kept.set(count, picture);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
    return picture;
  }
}

function isSame(first: PictureEdit, second: PictureEdit): boolean {
  return first === second || same(first as unknown as Json, second as unknown as Json);
}
