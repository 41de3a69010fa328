/** Cells as text and back: what is shown, typed, pasted and copied. Pure; checks as `Column.accept` of the host does. */
import { cell } from "../parts/cell";
import { boundsProblem } from "../parts/number";
import type { DataColumn, Json, StoredTable } from "../protocol";
import { plainNumber } from "../words";
import type { Row } from "./edits";

const MISSING = new Set(["", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "NaN", "nan", "-", "–", "missing"]);
const TRUTH: Record<string, boolean> = { true: true, yes: true, "1": true, false: false, no: false, "0": false };

/** A cell as the page shows it. */
export function shown(column: DataColumn, value: Json): string {
  if (value === null) return "missing";
  return column.kind === "datetime" ? String(value).replace("T", " ") : cell(value);
}

/** A cell as it is typed, copied and written to a file. */
export function plain(value: Json): string {
  return value === null ? "" : String(value);
}

export type Parsed = { cell: Json } | { problem: string };

/** What a text means in a column, or why it cannot be there. */
export function parsed(column: DataColumn, text: string): Parsed {
  const bare = text.trim();
  if (column.kind === "text") return bare === "" && column.missing ? { cell: null } : { cell: text };
  const chosen = column.options.find((option) => option === bare) ?? column.options.find((option) => option.toLowerCase() === bare.toLowerCase());
  if (column.kind === "choice" && chosen !== undefined) return { cell: chosen };
  if (MISSING.has(bare)) return column.missing ? { cell: null } : refused(column, "nothing");
  if (column.kind === "number") return number(column, bare);
  if (column.kind === "boolean" && bare.toLowerCase() in TRUTH) return { cell: TRUTH[bare.toLowerCase()]! };
  if (column.kind === "date" || column.kind === "datetime") {
    const day = isoDay(bare, column.kind === "datetime");
    if (day !== null) return { cell: day };
  }
  return refused(column, `“${bare.slice(0, 40)}”`);
}

function refused(column: DataColumn, what: string): Parsed {
  return { problem: `“${column.name}” takes ${allowed(column)}, not ${what}.` };
}

function allowed(column: DataColumn): string {
  if (column.kind === "choice") return column.options.slice(0, 8).join(", ") + (column.options.length > 8 ? ", …" : "");
  if (column.kind === "boolean") return "yes or no";
  if (column.kind === "date") return "a day such as 2026-01-31";
  if (column.kind === "datetime") return "a time such as 2026-01-31 10:30";
  return column.integer ? "a whole number" : "a number";
}

function number(column: DataColumn, text: string): Parsed {
  let plain = text.replace(/[\s'’]/g, "").replace("−", "-");
  const comma = plain.lastIndexOf(",");
  // The later of the two is the decimal one; a comma alone is, unless it stands where thousands do.
  if (comma > plain.lastIndexOf(".") && (plain.includes(".") || !/^[+-]?\d{1,3}(,\d{3})+$/.test(plain))) {
    plain = plain.replaceAll(".", "").replace(",", ".");
  } else plain = plain.replaceAll(",", "");
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  if (!Number.isFinite(value) || (column.integer && !Number.isSafeInteger(value))) return refused(column, `“${text.slice(0, 40)}”`);
  const bounds = column.bounded ? boundsProblem(value, column.min, column.max, plainNumber) : null;
  return bounds === null ? { cell: value } : { problem: `“${column.name}”: ${bounds}` };
}

function isoDay(text: string, time: boolean): string | null {
  const found = /^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))(?:[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$/.exec(text);
  if (found === null || (found[7] !== undefined && !time)) return null;
  const [year, month, day] = found[1] !== undefined ? [found[1], found[2], found[3]] : [found[6], found[5], found[4]];
  const iso = `${year}-${month!.padStart(2, "0")}-${day!.padStart(2, "0")}`;
  const clock = (found[7] ?? "00:00").padStart(5, "0");
  const at = new Date(`${iso}T${clock}Z`);
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== iso) return null;
  return time ? `${iso}T${clock}` : iso;
}

/** A block of text from a spreadsheet: lines of fields between tabs, which may be quoted. */
export function block(text: string): string[][] {
  const rows: string[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n|\n|\r|$)/y;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    rows.at(-1)!.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] === "") break;
    if (found[3] !== "\t") {
      if (pattern.lastIndex === text.length) break;
      rows.push([]);
    }
  }
  return rows;
}

/** Rows as lines of a file or of the clipboard. */
export function lines(rows: readonly (readonly string[])[], separator: "," | "\t"): string {
  const odd = separator === "," ? /[",\r\n]|^\s|\s$/ : /["\t\r\n]/;
  const quoted = (field: string) => (odd.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
  return rows.map((row) => row.map(quoted).join(separator)).join("\n");
}

/** A whole table as the text of a CSV file. */
export function csv(table: StoredTable, rows: readonly Row[]): string {
  return lines([table.columns.map((column) => column.name), ...rows.map((row) => row.cells.map(plain))], ",") + "\n";
}
