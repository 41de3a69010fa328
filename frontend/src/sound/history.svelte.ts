/** Undo and redo over lists of edits. It keeps the lists; whose they are is the caller's affair. */
export class EditHistory<Edit> {
  private past = $state.raw<(readonly Edit[])[]>([]);
  private future = $state.raw<(readonly Edit[])[]>([]);
  private gesture: string | null = null;

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Note that `before` is about to change. Changes in a row with the same gesture, such as a drag, are one step. */
  note(before: readonly Edit[], gesture: string | null = null): void {
    if (gesture === null || gesture !== this.gesture) this.past = [...this.past, before];
    this.gesture = gesture;
    this.future = [];
  }

  /** The drag is over: the next one is a step of its own. */
  settle(): void {
    this.gesture = null;
  }

  undo(current: readonly Edit[]): readonly Edit[] {
    const before = this.past.at(-1);
    if (before === undefined) return current;
    this.past = this.past.slice(0, -1);
    this.future = [...this.future, current];
    this.gesture = null;
    return before;
  }

  redo(current: readonly Edit[]): readonly Edit[] {
    const after = this.future.at(-1);
    if (after === undefined) return current;
    this.future = this.future.slice(0, -1);
    this.past = [...this.past, current];
    this.gesture = null;
    return after;
  }

  clear(): void {
    this.past = this.future = [];
    this.gesture = null;
  }
}
