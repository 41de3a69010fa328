/** Gaussian blur, made of three box blurs as Pillow does it; edges are continued outwards. */
import { premultiplied, unmultiply, type Pixels } from "./pixels";

const PASSES = 3;

/** A picture blurred with a standard deviation in pixels. */
export function blurred(picture: Pixels, sigma: number): Pixels {
  const result = premultiplied(picture);
  if (sigma <= 0) return result;
  const { width, height, data, opaque } = result;
  const radius = boxRadius(sigma);
  let planes: Planes = [new Float32Array(width * height), new Float32Array(width * height)];
  for (let channel = 0; channel < (opaque ? 3 : 4); channel += 1) {
    for (let place = 0, at = channel; place < planes[0].length; place += 1, at += 4) planes[0][place] = data[at]!;
    for (let pass = 0; pass < PASSES; pass += 1) planes = blurRows(planes, width, height, radius);
    for (let pass = 0; pass < PASSES; pass += 1) planes = blurColumns(planes, width, height, radius);
    for (let place = 0, at = channel; place < planes[0].length; place += 1, at += 4) data[at] = planes[0][place]!;
  }
  unmultiply(result);
  return result;
}

/** One channel, and room for what it becomes. */
type Planes = [from: Float32Array, to: Float32Array];

/**
 * Half of the length, less one, of a box that three times applied has the variance of a Gaussian. It need not be whole: the
 * pixels at the box's ends then count in part (P. Gwosdek et al., Theoretical Foundations of Gaussian Convolution by
 * Extended Box Filtering, 2011).
 */
function boxRadius(sigma: number): number {
  const variance = (sigma * sigma) / PASSES;
  const whole = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2);
  const part = ((2 * whole + 1) * (whole * (whole + 1) - 3 * variance)) / (6 * (variance - (whole + 1) ** 2));
  return whole + part;
}

function blurRows([from, to]: Planes, width: number, height: number, radius: number): Planes {
  const whole = Math.floor(radius);
  const part = radius - whole;
  const weight = 1 / (2 * radius + 1);
  for (let y = 0; y < height; y += 1) {
    const first = y * width;
    const last = first + width - 1;
    let sum = 0;
    for (let at = first - whole; at <= first + whole; at += 1) sum += from[at < first ? first : at > last ? last : at]!;
    for (let at = first; at <= last; at += 1) {
      const before = at - whole - 1;
      const after = at + whole + 1;
      const entering = from[after > last ? last : after]!;
      to[at] = (sum + part * (from[before < first ? first : before]! + entering)) * weight;
      const leaving = before + 1;
      sum += entering - from[leaving < first ? first : leaving > last ? last : leaving]!;
    }
  }
  return [to, from];
}

/** Row by row, with a sum for each column: much faster than column by column, which would jump through the memory. */
function blurColumns([from, to]: Planes, width: number, height: number, radius: number): Planes {
  const whole = Math.floor(radius);
  const part = radius - whole;
  const weight = 1 / (2 * radius + 1);
  const sums = new Float64Array(width);
  const row = (y: number): number => (y < 0 ? 0 : y >= height ? height - 1 : y) * width;
  for (let y = -whole; y <= whole; y += 1) for (let x = 0, at = row(y); x < width; x += 1, at += 1) sums[x]! += from[at]!;
  for (let y = 0; y < height; y += 1) {
    const before = row(y - whole - 1);
    const entering = row(y + whole + 1);
    const leaving = row(y - whole);
    for (let x = 0, at = y * width; x < width; x += 1, at += 1) {
      to[at] = (sums[x]! + part * (from[before + x]! + from[entering + x]!)) * weight;
      sums[x]! += from[entering + x]! - from[leaving + x]!;
    }
  }
  return [to, from];
}
