/** The columns of the grid as Tabulator takes them, wide enough for what is in them. */
import type { CellComponent, ColumnDefinition } from "tabulator-tables";
import type { DataColumn } from "../protocol";
import { shown } from "./cells";
import type { Row } from "./edits";
import { clamp } from "./moves";

/** Field of the column with the rows' numbers. */
export const HEAD = "head";

type Formatter = (cell: CellComponent) => Node;

export function definitions(
  columns: readonly DataColumn[],
  rows: readonly Row[],
  head: Formatter,
  content: (cell: CellComponent, place: number) => Node,
): ColumnDefinition[] {
  return [
    {
      title: "",
      field: HEAD,
      frozen: true,
      width: 30 + 9 * String(rows.length).length,
      minWidth: 30,
      widthGrow: 0,
      cssClass: "head",
      formatter: head,
      titleFormatter: () => hidden("Row"),
    },
    ...columns.map((column, place) => ({
      title: column.name,
      field: `cells.${place}`,
      minWidth: width(column, place, rows),
      cssClass: column.kind,
      titleFormatter: () => document.createTextNode(column.name),
      formatter: (cell: CellComponent) => content(cell, place),
    })),
  ];
}

function hidden(text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = "hidden";
  element.textContent = text;
  return element;
}

/** Pixels that a column needs, judged by its name and its first cells. */
function width(column: DataColumn, place: number, rows: readonly Row[]): number {
  const longest = rows.slice(0, 60).reduce((most, row) => Math.max(most, shown(column, row.cells[place] ?? null).length), column.name.length);
  const options = column.options.reduce((most, option) => Math.max(most, option.length + 2), 0);
  const least = column.kind === "datetime" ? 200 : column.kind === "date" ? 136 : 84;
  return clamp(Math.max(longest, options) * 7.6 + 28, least, 280);
}
