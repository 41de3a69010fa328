/** The original as the editor works on it: decoded by the browser, upright, and reduced to what a preview needs. */
import type { Pixels } from "./pixels";
import { Rendering } from "./rendering";

/**
 * Most pixels of the copy that is edited. Counted in all, not along the longer side: 5000 pixels in one row are few, and
 * would be none if they were made fewer.
 */
export const MOST_PIXELS = 1_000_000;
/** Most pixels of the copy that is shown during a drag, where the other one is too slow for that. */
const MOST_DRAFT_PIXELS = 250_000;
/** A drag that takes longer than this for one step goes on with the draft. */
const FLUID_MILLISECONDS = 40;
const KEPT = 3;

export interface Picture {
  blob: string;
  width: number;
  height: number;
}

export class Original {
  private readonly full: Rendering;
  private draft: Rendering | null = null;
  private slow = false;

  constructor(
    readonly picture: Picture,
    private readonly copy: HTMLCanvasElement,
  ) {
    this.full = this.rendering(copy);
  }

  /** The picture after these edits; during a drag it may be a rougher one. */
  after(edits: Parameters<Rendering["after"]>[0], dragging = false): Pixels {
    if (!dragging) this.slow = false;
    if (this.slow) return (this.draft ??= this.rendering(reduced(this.copy, this.copy.width, this.copy.height, MOST_DRAFT_PIXELS))).after(edits);
    const start = performance.now();
    const pixels = this.full.after(edits);
    this.slow = dragging && performance.now() - start > FLUID_MILLISECONDS;
    return pixels;
  }

  private rendering(canvas: HTMLCanvasElement): Rendering {
    const { width, height, data } = canvas.getContext("2d", { willReadFrequently: true })!.getImageData(0, 0, canvas.width, canvas.height);
    let opaque = true;
    for (let at = 3; opaque && at < data.length; at += 4) opaque = data[at] === 255;
    const reduction = Math.sqrt((this.picture.width * this.picture.height) / (width * height));
    return new Rendering({ width, height, data, opaque }, reduction);
  }
}

const originals = new Map<string, Promise<Original>>();

/** Load the original of a picture, once; rejects if the browser cannot show it. */
export function load(picture: Picture, address: string): Promise<Original> {
  const known = originals.get(picture.blob) ?? decoded(picture, address);
  originals.delete(picture.blob);
  originals.set(picture.blob, known);
  if (originals.size > KEPT) originals.delete(originals.keys().next().value!);
  known.catch(() => originals.delete(picture.blob));
  return known;
}

async function decoded(picture: Picture, address: string): Promise<Original> {
  const image = new Image();
  image.src = address;
  await image.decode();
  return new Original(picture, reduced(image, image.naturalWidth, image.naturalHeight, MOST_PIXELS));
}

function reduced(source: CanvasImageSource, width: number, height: number, most: number): HTMLCanvasElement {
  const factor = Math.max(1, Math.sqrt((width * height) / most));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width / factor));
  canvas.height = Math.max(1, Math.round(height / factor));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Show pixels on a canvas of their size. Clear ones are laid on white, as they are for the script. */
export function show(canvas: HTMLCanvasElement, { width, height, data, opaque }: Pixels): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d")!;
  context.putImageData(new ImageData(data, width, height), 0, 0);
  if (opaque) return;
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "source-over";
}
