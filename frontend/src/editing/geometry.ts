/** Edits that move pixels: crop, flip, rotate. Each returns a new picture. */
import type { Crop, Flip } from "../protocol";
import { blank, meanColour, premultiplied, unmultiply, type Pixels } from "./pixels";

export type Box = Crop["box"];
export type PixelBox = readonly [left: number, top: number, right: number, bottom: number];

/** A box in pixels of a picture of this size: rounded half up, and at least one pixel. */
export function pixelBox(box: Box, width: number, height: number): PixelBox {
  const [left, right] = pixelRange(box[0], box[2], width);
  const [top, bottom] = pixelRange(box[1], box[3], height);
  return [left, top, right, bottom];
}

function pixelRange(start: number, end: number, length: number): [number, number] {
  const first = Math.floor(start * length + 0.5);
  const last = Math.floor(end * length + 0.5);
  if (last > first) return [first, last];
  const only = Math.min(first, length - 1);
  return [only, only + 1];
}

export function cropped(picture: Pixels, box: Box): Pixels {
  const [left, top, right, bottom] = pixelBox(box, picture.width, picture.height);
  const result = blank(right - left, bottom - top, picture.opaque);
  for (let y = top; y < bottom; y += 1) {
    const start = (y * picture.width + left) * 4;
    result.data.set(picture.data.subarray(start, start + result.width * 4), (y - top) * result.width * 4);
  }
  return result;
}

export function flipped(picture: Pixels, axis: Flip["axis"]): Pixels {
  const { width, height } = picture;
  return axis === "horizontal"
    ? moved(picture, width, height, (x, y) => y * width + width - 1 - x)
    : moved(picture, width, height, (x, y) => (height - 1 - y) * width + x);
}

/** Turn clockwise: exactly by multiples of 90 degrees, else about the centre, with the size kept. */
export function rotated(picture: Pixels, degrees: number): Pixels {
  const { width, height } = picture;
  const turn = ((degrees % 360) + 360) % 360;
  if (turn === 0) return moved(picture, width, height, (x, y) => y * width + x);
  if (turn === 90) return moved(picture, height, width, (x, y) => (height - 1 - x) * width + y);
  if (turn === 180) return moved(picture, width, height, (x, y) => (height - 1 - y) * width + width - 1 - x);
  if (turn === 270) return moved(picture, height, width, (x, y) => x * width + width - 1 - y);
  return turnedFreely(picture, turn);
}

/** A new picture, each of whose pixels is the one of the old at index `from(x, y)`. */
function moved(picture: Pixels, width: number, height: number, from: (x: number, y: number) => number): Pixels {
  const result = blank(width, height, picture.opaque);
  const source = new Uint32Array(picture.data.buffer);
  const target = new Uint32Array(result.data.buffer);
  for (let y = 0, at = 0; y < height; y += 1) for (let x = 0; x < width; x += 1, at += 1) target[at] = source[from(x, y)]!;
  return result;
}

function turnedFreely(picture: Pixels, degrees: number): Pixels {
  const { width, height, opaque } = picture;
  const cosine = Math.cos((degrees * Math.PI) / 180);
  const sine = Math.sin((degrees * Math.PI) / 180);
  const { data } = premultiplied(picture);
  const result = blank(width, height, opaque);
  const [red, green, blue] = meanColour(picture);
  for (let y = 0, to = 0; y < height; y += 1) {
    const down = y + 0.5 - height / 2;
    for (let x = 0; x < width; x += 1, to += 4) {
      const across = x + 0.5 - width / 2;
      const column = across * cosine + down * sine + width / 2;
      const row = down * cosine - across * sine + height / 2;
      if (column < 0 || column >= width || row < 0 || row >= height) {
        result.data[to] = red;
        result.data[to + 1] = green;
        result.data[to + 2] = blue;
        result.data[to + 3] = 255;
      } else mix(data, width, height, column - 0.5, row - 0.5, result.data, to);
    }
  }
  unmultiply(result);
  return result;
}

/** Write the bilinear mean of the four pixels around a place; beyond the edges the edge goes on. */
function mix(
  data: Uint8ClampedArray,
  width: number,
  height: number,
  column: number,
  row: number,
  target: Uint8ClampedArray,
  to: number,
): void {
  const x = Math.floor(column);
  const y = Math.floor(row);
  const right = column - x;
  const below = row - y;
  const left = x < 0 ? 0 : x;
  const next = x + 1 < width ? x + 1 : width - 1;
  const upper = (y < 0 ? 0 : y) * width;
  const lower = (y + 1 < height ? y + 1 : height - 1) * width;
  for (let channel = 0; channel < 4; channel += 1) {
    const above = data[(upper + left) * 4 + channel]! * (1 - right) + data[(upper + next) * 4 + channel]! * right;
    const under = data[(lower + left) * 4 + channel]! * (1 - right) + data[(lower + next) * 4 + channel]! * right;
    target[to + channel] = above * (1 - below) + under * below;
  }
}
