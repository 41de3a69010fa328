/** Edits that change levels and move nothing: brightness, contrast, noise. Opacity stays as it is. */
import { blank, isGrey, type Pixels } from "./pixels";

export function brightened(picture: Pixels, amount: number): Pixels {
  return mapped(picture, (level) => level + 255 * amount);
}

export function contrasted(picture: Pixels, factor: number): Pixels {
  return mapped(picture, (level) => (level - 127.5) * factor + 127.5);
}

function mapped(picture: Pixels, change: (level: number) => number): Pixels {
  const levels = Uint8ClampedArray.from({ length: 256 }, (_, level) => Math.floor(change(level) + 0.5));
  const result = blank(picture.width, picture.height, picture.opaque);
  const { data } = picture;
  for (let at = 0; at < data.length; at += 4) {
    result.data[at] = levels[data[at]!]!;
    result.data[at + 1] = levels[data[at + 1]!]!;
    result.data[at + 2] = levels[data[at + 2]!]!;
    result.data[at + 3] = data[at + 3]!;
  }
  return result;
}

/**
 * Add Gaussian noise: number (y * width + x) * 3 + channel of the seed's sequence, times `sigma`.
 *
 * @param reduction How many times smaller the picture is than the one that the host has. Each pixel of the small one
 *   stands for the mean of reduction * reduction pixels, whose noise is that many times weaker.
 */
export function noisy(picture: Pixels, sigma: number, seed: number, reduction: number): Pixels {
  const result = blank(picture.width, picture.height, picture.opaque);
  const { data } = picture;
  const scale = (255 * sigma) / reduction;
  const start = hash(seed);
  const grey = isGrey(picture);
  const numbers = quantiles();
  for (let at = 0, place = start; at < data.length; at += 4, place += 3) {
    for (let channel = 0; channel < 3; channel += 1) {
      const number = numbers[hash(grey ? place : place + channel) >>> 16]!;
      result.data[at + channel] = Math.floor(data[at + channel]! + number * scale + 0.5);
    }
    result.data[at + 3] = data[at + 3]!;
  }
  return result;
}

/** The hash "lowbias32" of Chris Wellons (Prospecting for Hash Functions, 2018), of a number modulo 2**32. */
export function hash(number: number): number {
  number ^= number >>> 16;
  number = Math.imul(number, 0x7feb352d);
  number ^= number >>> 15;
  number = Math.imul(number, 0x846ca68b);
  return (number ^ (number >>> 16)) >>> 0;
}

let table: Float32Array | undefined;

/** Normal quantiles at the middles of 65,536 equal parts of [0, 1]. */
export function quantiles(): Float32Array {
  if (table === undefined) {
    table = new Float32Array(65536);
    for (let level = 0; level < 32768; level += 1) {
      const quantile = normalQuantile((level + 32768.5) / 65536);
      table[32768 + level] = quantile;
      table[32767 - level] = -quantile;
    }
  }
  return table;
}

// Coefficients of PPND16, lowest power first.
const CENTRAL = [
  [3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727],
  [1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061, 28729.085735721942674, 5226.495278852854561],
] as const;
const TAIL = [
  [1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504, 1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4],
  [1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9],
] as const;

/**
 * The normal quantile for a probability from 0.5 to 1 - 1e-10: algorithm AS 241 (PPND16), M. J. Wichura, Applied Statistics
 * 37 (1988) 477-484, without its branch for the far tail.
 */
export function normalQuantile(probability: number): number {
  const distance = probability - 0.5;
  if (distance <= 0.425) return distance * ratio(CENTRAL, 0.180625 - distance * distance);
  return ratio(TAIL, Math.sqrt(-Math.log(1 - probability)) - 1.6);
}

function ratio([over, under]: readonly (readonly number[])[], at: number): number {
  const value = (powers: readonly number[]): number => powers.reduceRight((sum, power) => sum * at + power, 0);
  return value(over!) / value(under!);
}
