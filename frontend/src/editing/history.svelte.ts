import type { Edits } from "./rules";

const LONGEST = 200;

/** Lists of edits that undo and redo go back and forth to. The list that holds now is the input's value, and not kept here. */
export class History {
  private past = $state.raw<Edits[]>([]);
  private future = $state.raw<Edits[]>([]);
  readonly canRedo = $derived(this.future.length > 0);

  /** Edits that were there before this page was opened can be undone too, one by one. */
  canUndo(now: Edits): boolean {
    return this.past.length > 0 || now.length > 0;
  }

  /** A step was made from this list to another one. */
  record(before: Edits): void {
    this.past = [...this.past.slice(1 - LONGEST), before];
    this.future = [];
  }

  undo(now: Edits): Edits {
    if (!this.canUndo(now)) return now;
    const before = this.past.at(-1) ?? now.slice(0, -1);
    this.past = this.past.slice(0, -1);
    this.future = [...this.future, now];
    return before;
  }

  redo(now: Edits): Edits {
    const after = this.future.at(-1);
    if (after === undefined) return now;
    this.future = this.future.slice(0, -1);
    this.past = [...this.past, now];
    return after;
  }

  forget(): void {
    this.past = this.future = [];
  }
}
