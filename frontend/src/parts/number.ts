/** What is wrong with a number for these bounds, as a sentence, or null. */
export function boundsProblem(value: number, min: number | null, max: number | null, show: (value: number) => string): string | null {
  const low = min !== null && value < min;
  const high = max !== null && value > max;
  if (!low && !high) return null;
  if (min !== null && max !== null) return `Must be between ${show(min)} and ${show(max)}.`;
  return low ? `Must be at least ${show(min ?? 0)}.` : `Must be at most ${show(max ?? 0)}.`;
}

/** The nearest number on the grid that starts at `min`, within the bounds. */
export function snap(value: number, min: number, max: number, step: number): number {
  const onGrid = step > 0 ? min + Math.round((value - min) / step) * step : value;
  // The grid may end below `max`, and 0.1 * 3 is not 0.3.
  return Number(Math.min(max, Math.max(min, onGrid)).toPrecision(12));
}
