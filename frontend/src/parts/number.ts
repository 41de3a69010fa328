/** What is wrong with a number for these bounds, as a sentence, or null. */
export function boundsProblem(value: number, min: number | null, max: number | null, show: (value: number) => string): string | null {
  const low = min !== null && value < min;
  const high = max !== null && value > max;
  if (!low && !high) return null;
  if (min !== null && max !== null) return `Must be between ${show(min)} and ${show(max)}.`;
  return low ? `Must be at least ${show(min ?? 0)}.` : `Must be at most ${show(max ?? 0)}.`;
}

/** The nearest stop: the grid starts at `min`, and `max` is a stop even where the last step is shorter. */
export function snap(value: number, min: number, max: number, step: number): number {
  if (value >= max) return max;
  const last = min + Math.floor((max - min) / step + 1e-9) * step;
  const near = value > (last + max) / 2 ? max : Math.min(last, min + Math.round((value - min) / step) * step);
  // 0.1 * 3 is not 0.3.
  return Number(Math.max(min, near).toPrecision(12));
}
