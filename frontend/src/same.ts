import type { Json } from "./protocol";

/** True if two JSON values are equal. */
export function same(first: Json, second: Json): boolean {
  if (first === second) return true;
  if (first === null || second === null || typeof first !== "object" || typeof second !== "object") return false;
  if (Array.isArray(first) || Array.isArray(second)) {
    if (!Array.isArray(first) || !Array.isArray(second) || first.length !== second.length) return false;
    return first.every((item, index) => same(item, second[index] ?? null));
  }
  const names = Object.keys(first);
  return names.length === Object.keys(second).length && names.every((name) => name in second && same(first[name] ?? null, second[name] ?? null));
}

/** True if two values are the same original, however it is edited. */
export function sameOriginal(first: Json, second: Json): boolean {
  return same(unedited(first), unedited(second));
}

function unedited(value: Json): Json {
  return value !== null && typeof value === "object" && "edits" in value ? { ...value, edits: [] } : value;
}
