/**
 * The grid of an edited table: Tabulator draws the rows that are in view; the focus, the keyboard and the editors are here.
 *
 * Cells hold the real focus, one of them is in the tab order. What is typed or removed is told to the hooks, which answer
 * with other rows.
 */
import "./grid.css";
import { FormatModule, FrozenColumnsModule, ResizeTableModule, Tabulator, type CellComponent, type RowComponent } from "tabulator-tables";
import type { DataColumn, Json } from "../protocol";
import { parsed, shown } from "./cells";
import { definitions, HEAD } from "./columns";
import { editor, type Move } from "./editors";
import type { Row } from "./edits";
import { moved, type Place } from "./moves";

Tabulator.registerModule([FormatModule, FrozenColumnsModule, ResizeTableModule]);

const MOST_HEIGHT = 430;

export interface Hooks {
  set: (row: number, column: number, cell: Json) => void;
  /** A row at the end. */
  add: () => void;
  remove: (rows: number[]) => void;
  problem: (text: string | null) => void;
  selected: (count: number) => void;
  changed: (row: Row, column: number) => boolean;
  isNew: (row: Row) => boolean;
}

export class Grid {
  disabled = false;
  dynamic = true;
  /** Where the focus is or was last; column -1 is the row's number. */
  at: Place = { row: 0, column: 0 };
  /** The next rows are shown with the focus in them, wherever it is now. */
  wantsFocus = false;
  private readonly table: Tabulator;
  private readonly built: Promise<void>;
  private readonly cells = new WeakMap<HTMLElement, { cell: CellComponent; column: number }>();
  private readonly listening = new AbortController();
  private stop: HTMLElement | null = null;
  private editing: { element: HTMLElement; row: number; column: number } | null = null;
  private selection = new Set<number>();
  /** She fills row after row: then Tab goes on to the next cell, and otherwise out of the table. */
  private filling = false;
  private rows: Row[];

  constructor(
    private readonly element: HTMLElement,
    private readonly label: string,
    private readonly columns: readonly DataColumn[],
    rows: Row[],
    private readonly rowHeight: number,
    private readonly hooks: Hooks,
  ) {
    this.rows = rows;
    this.table = new Tabulator(element, {
      data: rows,
      index: "id",
      layout: "fitColumns",
      maxHeight: MOST_HEIGHT,
      rowHeight,
      renderVerticalBuffer: 400,
      placeholder: "No rows yet",
      rowFormatter: (row) => this.mark(row),
      columns: definitions(columns, rows, (cell) => this.head(cell), (cell, place) => this.content(cell, place)),
    });
    this.built = new Promise((resolve) => this.table.on("tableBuilt", () => resolve()));
    void this.built.then(() => this.describe());
    const { signal } = this.listening;
    element.addEventListener("keydown", (event) => this.key(event), { signal });
    element.addEventListener("click", (event) => this.click(event), { signal });
    element.addEventListener("focusin", (event) => this.entered(event), { signal });
  }

  destroy(): void {
    this.listening.abort();
    void this.built.then(() => this.table.destroy());
  }

  /** Show other rows, and keep the focus where it is. */
  async show(rows: Row[]): Promise<void> {
    await this.built;
    const within = this.wantsFocus || this.element.contains(document.activeElement);
    this.wantsFocus = false;
    this.editing = null;
    this.rows = rows;
    await this.table.replaceData(rows);
    this.select([]);
    this.describe();
    this.at = { row: Math.min(this.at.row, Math.max(0, rows.length - 1)), column: this.at.column };
    if (!within) return this.offer();
    await this.focus(this.at.row, this.at.column);
    // A table that grows or shrinks is drawn once more when its height is known, which takes the focus away.
    await frame();
    await frame();
    if (document.activeElement === document.body) await this.focus(this.at.row, this.at.column);
  }

  async focus(row: number, column: number): Promise<void> {
    const target = this.table.getRowFromPosition(row + 1);
    if (target === false) return;
    this.at = { row, column };
    if (!target.getElement().isConnected) await this.table.scrollToRow(target, "center", false);
    const element = target.getCell(column < 0 ? HEAD : `cells.${column}`).getElement();
    this.tabStop(element);
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Positions of the selected rows; without any, of the row that has the focus on its number. */
  get chosen(): number[] {
    if (this.selection.size > 0) return [...this.selection].sort((first, second) => first - second);
    return this.at.column < 0 && this.at.row < this.rows.length ? [this.at.row] : [];
  }

  get isEditing(): boolean {
    return this.editing !== null;
  }

  select(rows: Iterable<number>): void {
    this.selection = new Set(rows);
    for (const row of this.table.getRows("visible")) this.mark(row);
    this.hooks.selected(this.selection.size);
  }

  // ---------------------------------------------------------- drawing

  private content(cell: CellComponent, column: number): Node {
    const element = cell.getElement();
    this.cells.set(element, { cell, column });
    element.tabIndex = -1;
    element.setAttribute("aria-colindex", String(column + 2));
    const row = cell.getRow().getData() as Row;
    const value = row.cells[column] ?? null;
    element.classList.toggle("missing", value === null);
    element.classList.toggle("changed", this.hooks.changed(row, column));
    const text = shown(this.columns[column]!, value);
    element.title = text.length > 24 ? text : "";
    return document.createTextNode(text);
  }

  private head(cell: CellComponent): Node {
    const element = cell.getElement();
    this.cells.set(element, { cell, column: -1 });
    element.tabIndex = -1;
    element.setAttribute("role", "rowheader");
    element.setAttribute("aria-colindex", "1");
    const number = document.createElement("span");
    cell.getRow().watchPosition((position) => {
      number.textContent = String(position);
      cell.getRow().getElement().setAttribute("aria-rowindex", String(position + 1));
    });
    return number;
  }

  private mark(row: RowComponent): void {
    const chosen = this.selection.has(Number(row.getPosition()) - 1);
    row.getElement().classList.toggle("chosen", chosen);
    row.getElement().setAttribute("aria-selected", String(chosen));
    row.getElement().classList.toggle("new", this.hooks.isNew(row.getData() as Row));
  }

  private redraw(element: HTMLElement): void {
    const known = this.cells.get(element);
    if (known === undefined) return;
    element.classList.remove("editing");
    element.replaceChildren(this.content(known.cell, known.column));
  }

  private describe(): void {
    this.element.setAttribute("aria-label", this.label);
    this.element.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.element.setAttribute("aria-colcount", String(this.columns.length + 1));
    this.element.setAttribute("aria-multiselectable", "true");
    this.element.querySelector<HTMLElement>(".tabulator-tableholder")?.removeAttribute("tabindex");
    this.offer();
  }

  /** One cell must be in the tab order. */
  private offer(): void {
    if (this.stop?.isConnected) return;
    const row = this.table.getRows("visible")[0];
    if (row) this.tabStop(row.getCell(this.columns.length > 0 ? "cells.0" : HEAD).getElement());
  }

  private tabStop(element: HTMLElement): void {
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = element;
    element.tabIndex = 0;
  }

  // ---------------------------------------------------------- the keyboard and the pointer

  private entered(event: FocusEvent): void {
    const place = this.placeOf(event.target as HTMLElement);
    if (place === null) return;
    this.at = place.at;
    this.tabStop(place.element);
  }

  private placeOf(target: HTMLElement): { element: HTMLElement; at: Place } | null {
    const element = target.closest<HTMLElement>(".tabulator-cell");
    const known = element && this.cells.get(element);
    const position = known?.cell.getRow().getPosition();
    return element && known && position ? { element, at: { row: position - 1, column: known.column } } : null;
  }

  private click(event: MouseEvent): void {
    const place = this.placeOf(event.target as HTMLElement);
    if (place === null || (this.editing !== null && place.element.contains(this.editing.element))) return;
    this.filling = false;
    const from = this.at.row;
    void this.focus(place.at.row, place.at.column).then(() => {
      if (place.at.column >= 0) this.edit();
      else this.toggle(place.at.row, event.shiftKey ? from : place.at.row);
    });
  }

  private toggle(row: number, from: number): void {
    const rows = new Set(this.selection);
    if (from === row && rows.has(row)) rows.delete(row);
    else for (let one = Math.min(from, row); one <= Math.max(from, row); one++) rows.add(one);
    this.select(rows);
  }

  private key(event: KeyboardEvent): void {
    if (this.editing?.element.contains(event.target as Node)) return;
    const { row, column } = this.at;
    const last = { row: this.rows.length - 1, column: this.columns.length - 1 };
    const command = event.ctrlKey || event.metaKey;
    const to = moved(event.key, command, this.at, last, Math.max(1, Math.floor(MOST_HEIGHT / this.rowHeight) - 2));
    if (to !== null) {
      this.filling = false;
      if (event.shiftKey && column < 0 && to.column < 0) this.toggle(to.row, row);
      void this.focus(to.row, to.column);
    } else if (event.key === "Tab" && this.filling) {
      if (!this.along(event.shiftKey ? -1 : 1)) return;
    } else if (event.key === "Escape") {
      this.filling = false;
      this.select([]);
    } else if (command && event.key.toLowerCase() === "a") {
      this.select(this.rows.keys());
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
    } else if (column < 0 && (event.key === " " || event.key === "Enter")) {
      this.toggle(row, row);
    } else if (event.key === "Enter" || event.key === "F2" || (event.key === " " && this.columns[column]?.kind === "boolean")) {
      this.edit();
    } else if (event.key.length === 1 && !command && !event.altKey && column >= 0) {
      this.edit(event.key);
    } else return;
    event.preventDefault();
  }

  private clear(): void {
    const { row, column } = this.at;
    const chosen = this.chosen;
    if (this.disabled) return;
    if (chosen.length > 0) {
      if (this.dynamic) this.hooks.remove(chosen);
      return;
    }
    this.put(row, column, "");
  }

  /** Go to the next cell, in the next row after the last; false at the ends. */
  private along(step: 1 | -1): boolean {
    const count = this.columns.length;
    const place = this.at.row * count + Math.max(0, this.at.column) + step;
    if (place < 0 || place >= this.rows.length * count) return false;
    void this.focus(Math.floor(place / count), place % count);
    return true;
  }

  // ---------------------------------------------------------- editing

  edit(text?: string): void {
    const { row, column } = this.at;
    const shape = this.columns[column];
    const found = this.table.getRowFromPosition(row + 1);
    if (this.disabled || shape === undefined || found === false) return;
    if (this.editing) this.leave();
    const element = found.getCell(`cells.${column}`).getElement();
    const value = this.rows[row]?.cells[column] ?? null;
    if (shape.kind === "boolean") {
      if (text === undefined || "yn".includes(text)) this.put(row, column, text === "n" || (text === undefined && value === true) ? "no" : "yes");
      return;
    }
    this.editing = { element, row, column };
    element.classList.add("editing");
    const control = editor(shape, value, text, { done: (typed, move) => this.done(typed, move), left: () => this.leave() });
    element.replaceChildren(control);
    control.focus();
    if (control instanceof HTMLInputElement && text === undefined && control.type === "text") control.select();
    if (control instanceof HTMLSelectElement && "showPicker" in control && navigator.userActivation.isActive) control.showPicker();
  }

  /** Take what was typed; false if the column cannot have it, and the editor stays. */
  private done(text: string | null, move: Move): boolean {
    const current = this.editing;
    if (current === null) return true;
    const taken = text === null ? null : parsed(this.columns[current.column]!, text);
    if (taken !== null && "problem" in taken) {
      this.hooks.problem(taken.problem);
      return false;
    }
    this.editing = null;
    if (text === null) this.hooks.problem(null);
    else this.put(current.row, current.column, text);
    this.redraw(current.element);
    if (move === null) return true;
    this.at = { row: current.row, column: current.column };
    this.filling = move !== "stay";
    if (move === "down" && current.row === this.rows.length - 1 && this.dynamic) this.hooks.add();
    else if (move === "down") void this.focus(Math.min(current.row + 1, this.rows.length - 1), current.column);
    else if (move === "stay" || !this.along(move === "right" ? 1 : -1)) void this.focus(current.row, current.column);
    return true;
  }

  private leave(): void {
    const current = this.editing;
    this.editing = null;
    if (current === null) return;
    const focused = current.element.contains(document.activeElement);
    this.redraw(current.element);
    this.hooks.problem(null);
    if (focused) void this.focus(current.row, current.column);
  }

  private put(row: number, column: number, text: string): void {
    const shape = this.columns[column];
    const target = this.rows[row];
    if (shape === undefined || target === undefined) return;
    const taken = parsed(shape, text);
    this.hooks.problem("problem" in taken ? taken.problem : null);
    if ("problem" in taken || taken.cell === target.cells[column]) return;
    target.cells[column] = taken.cell;
    this.hooks.set(row, column, taken.cell);
    const found = this.table.getRowFromPosition(row + 1);
    if (found !== false) this.redraw(found.getCell(`cells.${column}`).getElement());
  }
}

function frame(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
