/** What a reader chose, short enough to stand behind a line of code. */
import type { Json } from "../protocol";

const MOST_CHARACTERS = 36;

export function inPlace(value: Json): string {
  if (value === null) return "nothing yet";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return value.length <= 4 ? `[${value.map(inPlace).join(", ")}]` : `${value.length} values`;
  if (typeof value.text === "string") return quoted(value.text);
  const edits = Array.isArray(value.edits) ? value.edits.length : 0;
  const name = typeof value.name === "string" && value.name !== "" ? value.name : typeof value.blob === "string" ? "a file" : `${Object.keys(value).length} fields`;
  return edits > 0 ? `${name}, ${edits} ${edits === 1 ? "edit" : "edits"}` : name;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text);
}
