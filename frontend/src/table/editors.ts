/** The control in which a cell is edited: a list for choices, the browser's own for days, a line for the rest. */
import type { DataColumn, Json } from "../protocol";
import { plain } from "./cells";

/** Where the focus goes; null: where it went by itself. */
export type Move = "down" | "right" | "left" | "stay" | null;

interface Ends {
  /** Take a text and go on, null if it was not changed; false if it cannot be taken. */
  done: (text: string | null, move: Move) => boolean;
  /** Leave the cell as it was. */
  left: () => void;
}

/** Make the control. With `typed` it begins with that instead of the cell's value. */
export function editor(column: DataColumn, value: Json, typed: string | undefined, ends: Ends): HTMLInputElement | HTMLSelectElement {
  const control = column.kind === "choice" ? choice(column, value, typed) : line(column, value, typed);
  control.setAttribute("aria-label", column.name);
  const before = typed === undefined ? control.value : null;
  let over = false;

  function finish(move: Move): void {
    if (over) return;
    over = true;
    if (!ends.done(control.value === before ? null : control.value, move)) {
      over = false;
      control.setAttribute("aria-invalid", "true");
    }
  }

  control.addEventListener("keydown", (event) => {
    const key = (event as KeyboardEvent).key;
    event.stopPropagation();
    if (key === "Enter") finish("down");
    else if (key === "Tab") finish((event as KeyboardEvent).shiftKey ? "left" : "right");
    else if (key === "Escape") {
      over = true;
      ends.left();
    } else return;
    event.preventDefault();
  });
  control.addEventListener("input", () => control.removeAttribute("aria-invalid"));
  if (column.kind === "choice") control.addEventListener("change", () => finish("stay"));
  // A text that the column cannot have stays where it was typed.
  control.addEventListener("blur", () => control.isConnected && finish(null));
  return control;
}

function choice(column: DataColumn, value: Json, typed: string | undefined): HTMLSelectElement {
  const control = document.createElement("select");
  if (column.missing) control.add(new Option("missing", ""));
  for (const option of column.options) control.add(new Option(option, option));
  const begun = typed && column.options.find((option) => option.toLowerCase().startsWith(typed.toLowerCase()));
  control.value = begun || (value === null ? "" : String(value));
  return control;
}

function line(column: DataColumn, value: Json, typed: string | undefined): HTMLInputElement {
  const control = document.createElement("input");
  const day = column.kind === "date" || column.kind === "datetime";
  control.type = column.kind === "date" ? "date" : column.kind === "datetime" ? "datetime-local" : "text";
  if (column.kind === "datetime") control.step = "1";
  if (column.kind === "number") control.inputMode = column.integer ? "numeric" : "decimal";
  control.autocomplete = "off";
  control.spellcheck = false;
  // The browser's own control of a time knows no zone and no fractions below a millisecond.
  control.value = day ? plain(value).replace(/(\.\d{3})\d+/, "$1").replace(/(Z|[+-]\d{2}:?\d{2})$/, (zone) => (column.kind === "datetime" ? "" : zone)) : (typed ?? plain(value));
  return control;
}
