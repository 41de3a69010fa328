/** Figures and lists in words for the reader. */

/** A duration: "14 ms", "1.2 s", "2 min 5 s". */
export function duration(seconds: number): string {
  if (seconds < 0.001) return "under 1 ms";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A file's size: "312 kB", "4.1 MB". */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A share as per cent with as many figures as say something: 0.92 is "92 %", 0.9987 is "99.9 %". */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 99 && value < 100) return `${Math.min(value, 99.9).toFixed(1)} %`;
  if (value > 0 && value < 1) return value < 0.1 ? "< 0.1 %" : `${value.toFixed(1)} %`;
  return `${Math.round(value)} %`;
}

/** A number for a control, without a tail of binary fractions. */
export function plainNumber(value: number): string {
  return String(Number(value.toPrecision(12)));
}

/** Who is here: "Dr. Rao and 2 others", "Dr. Rao", "1 visitor". */
export function whoIsHere(names: readonly string[], others: number): string {
  const rest = others + names.length - 1;
  if (names.length === 0) return `${others} ${others === 1 ? "visitor" : "visitors"}`;
  return rest === 0 ? names[0]! : `${names[0]} and ${rest} ${rest === 1 ? "other" : "others"}`;
}
