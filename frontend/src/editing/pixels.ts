/** Pictures as plain buffers, and what can be measured of them. Owns no edit, and knows no canvas. */

/** A picture: four bytes a pixel (red, green, blue, opacity), row by row; what an `ImageData` holds. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** False where some pixel lets the ground shine through. */
  readonly opaque: boolean;
}

export type Colour = readonly [red: number, green: number, blue: number];

export function blank(width: number, height: number, opaque: boolean): Pixels {
  return { width, height, data: new Uint8ClampedArray(width * height * 4), opaque };
}

export function copied(picture: Pixels): Pixels {
  return { ...picture, data: picture.data.slice() };
}

/** The mean of each colour channel over all pixels, weighted by opacity, rounded half up. */
export function meanColour({ data }: Pixels): Colour {
  let red = 0;
  let green = 0;
  let blue = 0;
  let weight = 0;
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3]!;
    red += data[at]! * opacity;
    green += data[at + 1]! * opacity;
    blue += data[at + 2]! * opacity;
    weight += opacity;
  }
  weight ||= 1;
  return [Math.floor(red / weight + 0.5), Math.floor(green / weight + 0.5), Math.floor(blue / weight + 0.5)];
}

/** The least box, (left, top, right, bottom) in pixels, of all that differs; null where nothing does, or the sizes differ. */
export function differing(first: Pixels, second: Pixels): readonly [number, number, number, number] | null {
  if (first.width !== second.width || first.height !== second.height) return null;
  const one = new Uint32Array(first.data.buffer, first.data.byteOffset, first.width * first.height);
  const other = new Uint32Array(second.data.buffer, second.data.byteOffset, one.length);
  let [left, top, right, bottom] = [first.width, first.height, 0, 0];
  for (let y = 0, at = 0; y < first.height; y += 1) {
    for (let x = 0; x < first.width; x += 1, at += 1) {
      if (one[at] === other[at]) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return right > left ? [left, top, right, bottom] : null;
}

/** True if no pixel has a colour. */
export function isGrey({ data }: Pixels): boolean {
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
}

/** A copy whose colours are multiplied by opacity, so that those of clear pixels weigh nothing when pixels are mixed. */
export function premultiplied(picture: Pixels): Pixels {
  const result = copied(picture);
  if (picture.opaque) return result;
  const { data } = result;
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3]! / 255;
    for (let channel = 0; channel < 3; channel += 1) data[at + channel] = data[at + channel]! * opacity;
  }
  return result;
}

/** Undo `premultiplied`, in place. */
export function unmultiply({ data, opaque }: Pixels): void {
  if (opaque) return;
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3]!;
    if (opacity === 0 || opacity === 255) continue;
    for (let channel = 0; channel < 3; channel += 1) data[at + channel] = (data[at + channel]! * 255) / opacity;
  }
}
