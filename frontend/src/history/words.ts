/** How cases are told: edits, and when it was. */
import { groups, type Edits } from "../editing/rules";
import { groupName, signed, TOOLS } from "../editing/words";
import type { CaseInput, CaseRow, Json, SoundEdit, TableEdit, VideoEdit } from "../protocol";

type Known = SoundEdit | VideoEdit | TableEdit;

/** A list of edits, each in a word or two; neighbours of one kind as one. */
export function editWords(edits: readonly Json[]): string[] {
  const known = edits as unknown as Known[];
  if (known.every((edit) => edit.op in TOOLS && !("snr_decibels" in edit))) {
    const pictureEdits = edits as unknown as Edits;
    return groups(pictureEdits).map((group) => groupName(pictureEdits, group));
  }
  return known.map(word);
}

function word(edit: Known): string {
  switch (edit.op) {
    case "trim":
      return `Trim ${seconds(edit.start)}–${seconds(edit.end)}`;
    case "gain":
      return `Gain ${signed(edit.decibels)} dB`;
    case "noise":
      return `Noise ${edit.snr_decibels} dB below`;
    case "reverse":
      return "Reversed";
    case "speed":
      return `Speed × ${edit.factor}`;
    case "frame":
      return `Frame at ${seconds(edit.at)}`;
    case "set":
      return `${edit.column} in row ${edit.row + 1}`;
    case "paste":
      return "Pasted cells";
    case "add":
      return edit.rows.length === 1 ? "1 new row" : `${edit.rows.length} new rows`;
    case "remove":
      return edit.rows.length === 1 ? "1 row removed" : `${edit.rows.length} rows removed`;
  }
}

function seconds(time: number): string {
  return `${Number(time.toFixed(2))} s`;
}

/** What a case is called: its inputs in a line. */
export function caseName(inputs: readonly CaseInput[]): string {
  return inputs.map((input) => `${input.label} ${input.text}`).join(", ");
}

/** When it was: the time of today, otherwise the day too. */
export function when(time: number, now: Date = new Date()): string {
  const moment = new Date(time * 1000);
  const today = moment.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(undefined, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(moment);
}

/** Whose it was. */
export function whose(one: { mine: boolean; who: string | null }): string {
  return one.mine ? "You" : (one.who ?? "A visitor");
}

export function answerOf(row: CaseRow): string {
  return row.answer ?? "No answer in words";
}

/** What is said of flags that hold some of what was deleted: they are not the visitor's to take away. */
export function flagsKept(count: number, mine: boolean): string {
  if (count === 0) return "";
  const [flags, stay, them] = count === 1 ? ["One flag", "stays", "it"] : [`${count} flags`, "stay", "them"];
  return mine
    ? ` ${flags} of yours ${stay}: “modelapp flags … delete” takes ${them} away.`
    : ` ${flags} of yours ${stay}, with the files: who runs this page keeps ${them}. Ask her to delete ${them}.`;
}
