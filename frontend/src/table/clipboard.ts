/** What is pasted into a table, copied out of it, and downloaded. */
import type { Json, StoredTable } from "../protocol";
import { block, csv, lines, parsed, plain } from "./cells";
import type { Row } from "./edits";
import type { Place } from "./moves";

/**
 * What a text from a spreadsheet means at a place: cells for some columns, or why it cannot be there. A first line of names
 * says which columns are meant.
 */
export function pasted(table: StoredTable, text: string, at: Place, count: number, dynamic: boolean): { columns: number[]; cells: Json[][] } | { problem: string } {
  let fields = block(text);
  let columns = table.columns.map((_, place) => place).slice(at.column);
  const named = fields[0]!.map((field) => table.columns.findIndex((column) => column.name === field.trim()));
  if (fields.length > 1 && named.every((place) => place >= 0)) [fields, columns] = [fields.slice(1), named];
  const width = Math.max(...fields.map((line) => line.length));
  if (width > columns.length) return { problem: `What was pasted is ${width} columns wide: here are ${columns.length}. Nothing was changed.` };
  if (!dynamic && at.row + fields.length > count) {
    return { problem: `What was pasted has ${fields.length} rows: here are ${count - at.row}. Nothing was changed.` };
  }
  columns = columns.slice(0, width);
  const bad: string[] = [];
  const cells = fields.map((line, down) =>
    columns.map((place, along): Json => {
      const found = parsed(table.columns[place]!, line[along] ?? "");
      if ("cell" in found) return found.cell;
      bad.push(`Row ${at.row + down + 1}: ${found.problem}`);
      return null;
    }),
  );
  if (bad.length === 0) return { columns, cells };
  return { problem: `Nothing was pasted. ${bad[0]}${bad.length > 1 ? ` And ${bad.length - 1} more.` : ""}` };
}

/** The chosen rows as a spreadsheet takes them, all of them with their header; without any the cell at a place. */
export function copied(table: StoredTable, rows: readonly Row[], chosen: readonly number[], at: Place): string {
  if (chosen.length === 0) return plain(rows[at.row]?.cells[at.column] ?? null);
  const names = chosen.length === rows.length ? [table.columns.map((column) => column.name)] : [];
  return lines([...names, ...chosen.map((place) => rows[place]?.cells.map(plain) ?? [])], "\t");
}

/** Let the browser save a table as a CSV file. */
export function download(table: StoredTable, rows: readonly Row[], name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", csv(table, rows)], { type: "text/csv" }));
  link.download = name.replace(/\.[^.]*$/, "") + ".csv";
  link.click();
  URL.revokeObjectURL(link.href);
}
