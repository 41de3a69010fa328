import { expect, test } from "vitest";
import { blurred } from "../src/editing/blur";
import { cropped, flipped, pixelBox, rotated } from "../src/editing/geometry";
import { occluded, stroke } from "../src/editing/occlusion";
import { differing, meanColour, type Pixels } from "../src/editing/pixels";
import { Rendering } from "../src/editing/rendering";
import { brightened, contrasted, noisy } from "../src/editing/tones";
import { lowbias32 as hash, normalQuantile, quantiles } from "../src/noise";

/** A grey picture of these levels, row by row. */
function grey(width: number, levels: number[]): Pixels {
  const data = new Uint8ClampedArray(levels.flatMap((level) => [level, level, level, 255]));
  return { width, height: levels.length / width, data, opaque: true };
}

function colour(width: number, pixels: [number, number, number, number][]): Pixels {
  return { width, height: pixels.length / width, data: new Uint8ClampedArray(pixels.flat()), opaque: pixels.every((pixel) => pixel[3] === 255) };
}

function levels(picture: Pixels): number[] {
  return [...picture.data].filter((_, index) => index % 4 === 0);
}

function flat(width: number, height: number, level: number): Pixels {
  return grey(width, Array<number>(width * height).fill(level));
}

test("what differs lies in the least box, and other sizes have none", () => {
  const before = flat(6, 4, 10);
  const after = occluded(before, { op: "occlude", colour: "#ffffff", box: [1 / 6, 1 / 4, 4 / 6, 3 / 4], path: null, width: 0.05 });
  expect(differing(before, after)).toEqual([1, 1, 4, 3]);
  expect(differing(before, before)).toBeNull();
  expect(differing(before, flat(4, 6, 10))).toBeNull();
  expect(differing(before, flipped(before, "horizontal"))).toBeNull();
});

test("a crop is rounded half up, and leaves one pixel", () => {
  expect(pixelBox([0.05, 0.15, 0.95, 0.85], 10, 10)).toEqual([1, 2, 10, 9]);
  expect(pixelBox([0.5, 0.5, 0.5001, 1], 10, 1)).toEqual([5, 0, 6, 1]);
  expect(pixelBox([0.999, 0, 1, 1], 10, 10)).toEqual([9, 0, 10, 10]);
  expect(levels(cropped(grey(3, [1, 2, 3, 4, 5, 6]), [0.33, 0.5, 1, 1]))).toEqual([5, 6]);
});

test("flips and quarter turns move every pixel to its place", () => {
  const picture = grey(3, [1, 2, 3, 4, 5, 6]);
  expect(levels(flipped(picture, "horizontal"))).toEqual([3, 2, 1, 6, 5, 4]);
  expect(levels(flipped(picture, "vertical"))).toEqual([4, 5, 6, 1, 2, 3]);
  expect(rotated(picture, 90)).toMatchObject({ width: 2, height: 3 });
  expect(levels(rotated(picture, 90))).toEqual([4, 1, 5, 2, 6, 3]);
  expect(levels(rotated(picture, -90))).toEqual([3, 6, 2, 5, 1, 4]);
  expect(levels(rotated(picture, 180))).toEqual([6, 5, 4, 3, 2, 1]);
  expect(levels(rotated(picture, -360))).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a free turn is clockwise about the centre, and is filled with the mean colour", () => {
  const picture = grey(9, Array.from({ length: 81 }, (_, place) => (place === 4 ? 255 : place === 40 ? 200 : 0)));
  const turned = levels(rotated(picture, 45));
  expect(turned[40]).toBe(200);
  // What was at the top, four pixels above the centre, is 2.8 to the right and 2.8 above.
  expect(Math.max(turned[1 * 9 + 6]!, turned[1 * 9 + 7]!, turned[2 * 9 + 7]!)).toBeGreaterThan(60);
  expect(turned[0]).toBe(Math.floor(455 / 81 + 0.5));
  expect(levels(rotated(flat(5, 7, 90), 30))).toEqual(Array(35).fill(90));
});

test("colours of clear pixels weigh nothing in a mean, a blur or a turn", () => {
  const picture = colour(2, [[255, 0, 0, 255], [0, 255, 0, 0]]);
  expect(meanColour(picture)).toEqual([255, 0, 0]);
  for (const mixed of [blurred(picture, 0.8), rotated(picture, 20)]) {
    for (let at = 0; at < 8; at += 4) if (mixed.data[at + 3]! > 20) expect(mixed.data[at + 1]).toBeLessThan(6);
  }
});

test("brightness adds and contrast spreads from the middle, rounded half up and clipped", () => {
  const picture = grey(4, [0, 100, 127, 250]);
  expect(levels(brightened(picture, 0.1))).toEqual([26, 126, 153, 255]);
  expect(levels(brightened(picture, -0.5))).toEqual([0, 0, 0, 123]);
  expect(levels(contrasted(picture, 2))).toEqual([0, 73, 127, 255]);
  expect(levels(contrasted(picture, 0))).toEqual([128, 128, 128, 128]);
});

test("the hash is lowbias32, and the quantiles are those of AS 241", () => {
  // Of Wellons's C code, compiled.
  expect([0, 1, 2, 2 ** 32 - 1].map(hash)).toEqual([0, 1753845952, 3507691905, 1734902346]);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
  expect(normalQuantile(0.75)).toBeCloseTo(0.6744897501960817, 14);
  expect(normalQuantile(1 - 0.5 / 65536)).toBeCloseTo(4.325, 2);
  const numbers = quantiles();
  expect(numbers[0]).toBe(-numbers[65535]!);
  expect(numbers.reduce((sum, number) => sum + number * number, 0) / 65536).toBeCloseTo(1, 3);
});

test("noise follows its seed, is alike on all channels of a grey picture, and weaker on a reduced one", () => {
  const first = noisy(flat(64, 64, 128), 0.1, 7, 1);
  expect(noisy(flat(64, 64, 128), 0.1, 7, 1)).toEqual(first);
  expect(noisy(flat(64, 64, 128), 0.1, 8, 1)).not.toEqual(first);
  expect(first.data.every((level, at) => at % 4 === 3 || level === first.data[at - (at % 4)])).toBe(true);
  const tinted = noisy(colour(1, [[1, 2, 3, 255]]), 0.1, 7, 1);
  expect(tinted.data[0]! - 1).not.toBe(tinted.data[1]! - 2);
  const spread = (picture: Pixels): number => Math.sqrt(levels(picture).reduce((sum, level) => sum + (level - 128) ** 2, 0) / 4096);
  expect(spread(first)).toBeCloseTo(25.5, -0.5);
  expect(spread(noisy(flat(64, 64, 128), 0.1, 7, 4))).toBeCloseTo(25.5 / 4, 0);
});

test("a blur has the variance that was asked for, keeps the mean, and goes on at the edges", () => {
  const size = 81;
  const picture = grey(size, Array.from({ length: size * size }, (_, place) => (place % size === 40 ? 255 : 0)));
  for (const sigma of [1, 2.5, 4]) {
    const row = levels(blurred(picture, sigma)).slice(0, size);
    const sum = row.reduce((total, level) => total + level, 0);
    const variance = row.reduce((total, level, x) => total + level * (x - 40) ** 2, 0) / sum;
    expect(Math.abs(sum - 255)).toBeLessThan(8);
    expect(Math.abs(Math.sqrt(variance) - sigma)).toBeLessThan(0.2);
  }
  expect(levels(blurred(flat(5, 3, 77), 9))).toEqual(Array(15).fill(77));
  expect(levels(blurred(flat(1, 1, 7), 3))).toEqual([7]);
});

test("a brush covers the pixels whose centre is near enough, and is never thinner than a pixel", () => {
  const row = (path: [number, number][], width: number): string => [...stroke(path, width, 10, 3)].map((on) => (on ? "#" : ".")).join("");
  expect(row([[0.25, 0.5], [0.55, 0.5]], 0.1)).toBe(".........." + "..####...." + "..........");
  expect(row([[0.05, 0.5]], 0.0001)).toBe(".........." + "#........." + "..........");
  expect(row([[-0.5, 0.5], [1.5, 0.5]], 0.3)).toBe("#".repeat(30));
  expect(row([[-0.5, 0.5]], 0.1)).toBe(".".repeat(30));
});

test("a cover is a colour, the mean, or the blurred picture, and opaque where it is a colour", () => {
  const picture = grey(4, [0, 0, 200, 200]);
  const box: [number, number, number, number] = [0, 0, 0.5, 1];
  expect(levels(occluded(picture, { op: "occlude", colour: "#ff0000", box }))).toEqual([255, 255, 200, 200]);
  expect(levels(occluded(picture, { op: "occlude", colour: "mean", box }))).toEqual([100, 100, 200, 200]);
  expect(levels(occluded(flat(4, 1, 60), { op: "occlude", colour: "blur", box }))).toEqual([60, 60, 60, 60]);
  const clear = colour(1, [[9, 9, 9, 0]]);
  expect([...occluded(clear, { op: "occlude", colour: "#010203", box: [0, 0, 1, 1] }).data]).toEqual([1, 2, 3, 255]);
});

test("a drag works on what is kept from before it, and undo comes back to it", () => {
  const rendering = new Rendering(flat(8, 8, 100), 1);
  const flip = { op: "flip", axis: "vertical" } as const;
  const before = rendering.after([flip]);
  expect(levels(rendering.after([flip, { op: "brightness", amount: 0.1 }]))[0]).toBe(126);
  expect(levels(rendering.after([flip, { op: "brightness", amount: 0.2 }]))[0]).toBe(151);
  expect(rendering.after([{ op: "flip", axis: "vertical" }])).toBe(before);
  expect(rendering.after([])).toBe(rendering.original);
});
