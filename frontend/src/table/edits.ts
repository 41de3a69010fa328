/**
 * What can be done to a table, as `widgets/_table_edits.py` does it. Pure functions over lists of edits; rows keep a number
 * of their own, by which the page knows what was there before.
 */
import type { Json, StoredTable, TableEdit } from "../protocol";

export interface Row {
  /** Its place in the original, or for a new row a number from the original's count on. */
  id: number;
  cells: Json[];
}

export type Edits = readonly TableEdit[];

/** The rows of a table with edits done in order. */
export function applied(table: StoredTable, edits: Edits): Row[] {
  let rows: Row[] = Array.from({ length: table.rows }, (_, id) => ({ id, cells: table.cells.map((column) => column[id] ?? null) }));
  const placeOf = new Map(table.columns.map((column, place) => [column.name, place]));
  let next = table.rows;
  for (const edit of edits) {
    if (edit.op === "set") put(rows[edit.row], placeOf.get(edit.column), edit.value);
    else if (edit.op === "paste") {
      const places = edit.columns.map((name) => placeOf.get(name));
      edit.cells.forEach((line, down) => line.forEach((cell, along) => put(rows[edit.row + down], places[along], cell)));
    } else if (edit.op === "add") {
      rows.splice(edit.at, 0, ...edit.rows.map((cells) => ({ id: next++, cells: [...cells] })));
    } else {
      const gone = new Set(edit.rows);
      rows = rows.filter((_, place) => !gone.has(place));
    }
  }
  return rows;
}

function put(row: Row | undefined, place: number | undefined, cell: Json): void {
  if (row !== undefined && place !== undefined) row.cells[place] = cell;
}

/** Edits and a cell's new value; a cell that was set since rows last came or went is not named twice. */
export function withCell(edits: Edits, row: number, column: string, value: Json): Edits {
  let from = edits.length;
  while (from > 0 && edits[from - 1]?.op === "set") from--;
  const kept = edits.filter((edit, place) => place < from || edit.op !== "set" || edit.row !== row || edit.column !== column);
  return [...kept, { op: "set", row, column, value }];
}

export function withoutRows(edits: Edits, rows: readonly number[]): Edits {
  return rows.length === 0 ? edits : [...edits, { op: "remove", rows: [...rows].sort((first, second) => first - second) }];
}

/** True if a cell is not what it was in the original; a new row was in none. */
export function isChanged(table: StoredTable, row: Row, column: number): boolean {
  return row.id < table.rows && row.cells[column] !== (table.cells[column]?.[row.id] ?? null);
}

/** A block of cells at a place: over what is there, and below it as new rows. */
export function withBlock(table: StoredTable, edits: Edits, count: number, row: number, columns: readonly number[], cells: Json[][]): Edits {
  const names = columns.map((place) => table.columns[place]?.name ?? "");
  const over = cells.slice(0, Math.max(0, count - row));
  const below = cells.slice(over.length).map((line) => {
    const whole = [...table.defaults];
    columns.forEach((place, along) => (whole[place] = line[along] ?? null));
    return whole;
  });
  return [
    ...edits,
    ...(over.length > 0 ? [{ op: "paste" as const, row, columns: names, cells: over }] : []),
    ...(below.length > 0 ? [{ op: "add" as const, at: count, rows: below }] : []),
  ];
}
