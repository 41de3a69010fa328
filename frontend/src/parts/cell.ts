import type { Json } from "../protocol";

/** A table's value as short text. */
export function cell(value: Json): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The whole of a value where the short text leaves something out or may be cut, else nothing. */
export function fullCell(value: Json): string | undefined {
  const whole = typeof value === "string" ? value : JSON.stringify(value);
  return (typeof value === "number" && cell(value) !== whole) || whole.length > 32 ? whole : undefined;
}
