/** How strongly each part of a map is drawn. */
import type { Explanation, Weight } from "../protocol";

/** What takes away less than this share of the answer is drawn faintly, whatever the others do. */
const LEAST_SHARE = 0.05;

/** What takes away half as much is drawn two thirds as strongly: a few fine parts must not outshine all others. */
const FLATTENED = 0.6;

/** Strengths in [-1, 1], in the order of the weights: above 0 for what speaks for the answer. */
export function strengths(map: Explanation): number[] {
  const sizes = map.weights.map(sizeOf);
  const densities = map.weights.map(({ weight }, index) => weight / sizes[index]!);
  const least = (LEAST_SHARE * Math.abs(map.before)) / Math.max(...sizes);
  const most = Math.max(least, ...densities.map(Math.abs));
  return densities.map((density) => (most === 0 ? 0 : Math.sign(density) * Math.abs(density / most) ** FLATTENED));
}

function sizeOf({ at, name }: Weight): number {
  if (name !== "") return 1;
  const [left = 0, top = 0, right = 0, bottom = 0] = at;
  return at.length === 4 ? (right - left) * (bottom - top) : top - left;
}

/** Colour of a strength. */
export function tint(strength: number, opacity: number): string {
  const share = Math.min(1, Math.abs(strength)) * opacity * 100;
  return `color-mix(in oklab, ${strength < 0 ? "var(--against)" : "var(--for)"} ${share.toFixed(1)}%, transparent)`;
}
