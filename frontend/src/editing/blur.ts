/** Gaussian blur, made of three box blurs as Pillow does it; edges are continued outwards. */
import { premultiplied, unmultiply, type Pixels } from "./pixels";

const PASSES = 3;

/** A picture blurred with a standard deviation in pixels. */
export function blurred(picture: Pixels, sigma: number): Pixels {
  const result = premultiplied(picture);
  if (sigma <= 0) return result;
  const { width, height, data, opaque } = result;
  const radius = boxRadius(sigma);
  for (let channel = 0; channel < (opaque ? 3 : 4); channel += 1) {
    for (let y = 0; y < height; y += 1) blurLine(data, y * width * 4 + channel, 4, width, radius);
    for (let x = 0; x < width; x += 1) blurLine(data, x * 4 + channel, width * 4, height, radius);
  }
  unmultiply(result);
  return result;
}

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

let buffers = [new Float32Array(0), new Float32Array(0)] as [Float32Array, Float32Array];

/** Blur one row or column of one channel in place. */
function blurLine(data: Uint8ClampedArray, start: number, step: number, length: number, radius: number): void {
  if (buffers[0].length < length) buffers = [new Float32Array(length), new Float32Array(length)];
  let [from, to] = buffers;
  for (let place = 0, at = start; place < length; place += 1, at += step) from[place] = data[at]!;
  for (let pass = 0; pass < PASSES; pass += 1) {
    boxBlur(from, to, length, radius);
    [from, to] = [to, from];
  }
  for (let place = 0, at = start; place < length; place += 1, at += step) data[at] = from[place]!;
}

function boxBlur(from: Float32Array, to: Float32Array, length: number, radius: number): void {
  const whole = Math.floor(radius);
  const part = radius - whole;
  const weight = 1 / (2 * radius + 1);
  const last = length - 1;
  let sum = 0;
  for (let place = -whole; place <= whole; place += 1) sum += from[place < 0 ? 0 : place > last ? last : place]!;
  for (let place = 0; place < length; place += 1) {
    const before = place - whole - 1;
    const after = place + whole + 1;
    const entering = from[after > last ? last : after]!;
    to[place] = (sum + part * (from[before < 0 ? 0 : before]! + entering)) * weight;
    const leaving = before + 1;
    sum += entering - from[leaving < 0 ? 0 : leaving > last ? last : leaving]!;
  }
}
