import type { Edits } from "./rules";

const LONGEST = 200;

/** Lists of edits that undo and redo go back and forth to. The list that holds now is the input's value, and not kept here. */
export class History {
  private past = $state.raw<Edits[]>([]);
  private future = $state.raw<Edits[]>([]);
  /** The run of small steps that the last one was part of. */
  private run: string | null = null;
  readonly canRedo = $derived(this.future.length > 0);

  /** Edits that were there before this page was opened can be undone too, one by one. */
  canUndo(now: Edits): boolean {
    return this.past.length > 0 || now.length > 0;
  }

  /**
   * A step was made from this list to another one.
   *
   * @param run What small steps have in common that are undone as one: presses of a key on one slider.
   */
  record(before: Edits, run: string | null = null): void {
    if (run === null || run !== this.run) this.past = [...this.past.slice(1 - LONGEST), before];
    this.future = [];
    this.run = run;
  }

  undo(now: Edits): Edits {
    if (!this.canUndo(now)) return now;
    this.run = null;
    const before = this.past.at(-1) ?? now.slice(0, -1);
    this.past = this.past.slice(0, -1);
    this.future = [...this.future, now];
    return before;
  }

  redo(now: Edits): Edits {
    const after = this.future.at(-1);
    if (after === undefined) return now;
    this.run = null;
    this.future = this.future.slice(0, -1);
    this.past = [...this.past, now];
    return after;
  }

  forget(): void {
    this.past = this.future = [];
    this.run = null;
  }
}
