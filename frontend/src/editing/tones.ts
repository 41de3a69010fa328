/** Edits that change levels and move nothing: brightness, contrast, noise. Opacity stays as it is. */
import { lowbias32, quantiles } from "../noise";
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
  const start = lowbias32(seed);
  const grey = isGrey(picture);
  const numbers = quantiles();
  for (let at = 0, place = start; at < data.length; at += 4, place += 3) {
    for (let channel = 0; channel < 3; channel += 1) {
      const number = numbers[lowbias32(grey ? place : place + channel) >>> 16]!;
      result.data[at + channel] = Math.floor(data[at + channel]! + number * scale + 0.5);
    }
    result.data[at + 3] = data[at + 3]!;
  }
  return result;
}
