/** Covering a box, or all that a round brush passes over. */
import type { Occlude } from "../protocol";
import { blurred } from "./blur";
import { pixelBox } from "./geometry";
import { copied, meanColour, type Colour, type Pixels } from "./pixels";

type Point = readonly [x: number, y: number];

/** Standard deviation of the blur that occludes, in fractions of the longer side. */
const OCCLUSION_BLUR = 0.04;
/** Of a brush, where an edit does not say it. */
export const DEFAULT_WIDTH = 0.05;

type Cover = Pixels | Colour;

// A drag covers the same picture many times.
const covers = new WeakMap<Pixels, Map<string, Cover>>();

export function occluded(picture: Pixels, edit: Occlude): Pixels {
  const result = copied(picture);
  const put = painter(result, coverOf(picture, edit.colour));
  if (edit.box) {
    const [left, top, right, bottom] = pixelBox(edit.box, picture.width, picture.height);
    for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) put(y * picture.width + x);
  } else {
    const covered = stroke(edit.path ?? [], edit.width ?? DEFAULT_WIDTH, picture.width, picture.height);
    for (let place = 0; place < covered.length; place += 1) if (covered[place]) put(place);
  }
  return result;
}

/** What covers one pixel of a picture, by its number. */
function painter(picture: Pixels, cover: Cover): (place: number) => void {
  const target = new Uint32Array(picture.data.buffer);
  if ("data" in cover) {
    const source = new Uint32Array(cover.data.buffer);
    return (place) => (target[place] = source[place]!);
  }
  const [pixel] = new Uint32Array(new Uint8Array([...cover, 255]).buffer);
  return (place) => (target[place] = pixel!);
}

function coverOf(picture: Pixels, colour: string): Cover {
  if (colour !== "mean" && colour !== "blur") {
    const number = Number.parseInt(colour.slice(1), 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
  }
  const known = covers.get(picture) ?? new Map<string, Cover>();
  covers.set(picture, known);
  let cover = known.get(colour);
  if (cover === undefined) {
    cover = colour === "mean" ? meanColour(picture) : blurred(picture, OCCLUSION_BLUR * Math.max(picture.width, picture.height));
    known.set(colour, cover);
  }
  return cover;
}

/** Which pixels a brush covers: those whose centre is at most half of its width from a line through the points. */
export function stroke(path: readonly Point[], width: number, pictureWidth: number, pictureHeight: number): Uint8Array {
  // No thinner than a pixel's diagonal, lest it slip between the centres.
  const radius = Math.max(width * Math.max(pictureWidth, pictureHeight), Math.SQRT2) / 2;
  const covered = new Uint8Array(pictureWidth * pictureHeight);
  const points = path.map(([x, y]) => [x * pictureWidth, y * pictureHeight] as const);
  points.forEach((end, index) => cover(covered, pictureWidth, pictureHeight, points[Math.max(0, index - 1)]!, end, radius));
  return covered;
}

function cover(covered: Uint8Array, width: number, height: number, start: Point, end: Point, radius: number): void {
  const along = end[0] - start[0];
  const down = end[1] - start[1];
  const length = along * along + down * down;
  const reach = radius * radius + 1e-3;
  const left = Math.max(0, Math.floor(Math.min(start[0], end[0]) - radius));
  const right = Math.min(width - 1, Math.floor(Math.max(start[0], end[0]) + radius));
  const top = Math.max(0, Math.floor(Math.min(start[1], end[1]) - radius));
  const bottom = Math.min(height - 1, Math.floor(Math.max(start[1], end[1]) + radius));
  for (let row = top; row <= bottom; row += 1) {
    const y = row + 0.5 - start[1];
    for (let column = left; column <= right; column += 1) {
      if (covered[row * width + column]) continue; // by the stretch before, for most of them
      const x = column + 0.5 - start[0];
      const nearest = length === 0 ? 0 : Math.min(1, Math.max(0, (x * along + y * down) / length));
      const across = x - nearest * along;
      const away = y - nearest * down;
      if (across * across + away * away <= reach) covered[row * width + column] = 1;
    }
  }
}
