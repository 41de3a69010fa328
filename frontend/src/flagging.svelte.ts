/**
 * Flags of the visible answer: what was said, and whether the host has it on its disk.
 *
 * A flag has an id from here, so that one which is sent again after a lost connection stays one.
 */
import type { Flag, Flagged, PageMessage } from "./protocol";

export interface Words {
  note: string;
  right: string;
  choice: string | null;
}

const NOTHING: Words = { note: "", right: "", choice: null };

export class Flagging {
  /** The flag of the visible answer, or null. */
  current = $state.raw<Flag | null>(null);
  /** The host has it, with all that was said. */
  kept = $state(false);
  /** Why the host did not take it, or null. */
  problem = $state<string | null>(null);
  /** What is being written, and not sent yet. */
  draft = $state<Words>({ ...NOTHING });
  /** Flags that the host has not answered, by id. */
  private readonly unanswered = new Map<string, Flag>();

  constructor(
    private readonly send: (message: PageMessage) => unknown,
    private readonly shown: () => { epoch: string; seen: number },
  ) {}

  /** What is written is not what the host was told. */
  get dirty(): boolean {
    const { note, right, choice } = this.draft;
    const told = this.current ?? NOTHING;
    return note !== told.note || right !== told.right || choice !== told.choice;
  }

  flag(): void {
    this.draft = { ...NOTHING };
    this.tell({ type: "flag", id: identity(), revision: 0, ...NOTHING, ...this.shown() });
  }

  /** Say more on the flag. */
  say(): void {
    const flag = this.current;
    if (flag !== null && this.dirty) this.tell({ ...flag, revision: (flag.revision ?? 0) + 1, ...this.draft });
  }

  /** Another answer is there, or soon will be: it is not flagged. */
  leave(): void {
    if (this.current === null) return;
    this.say();
    this.current = null;
    this.problem = null;
  }

  /** What is shown as the answer has changed. A flag that waits for the end of a run stays. */
  moved(): void {
    if (this.kept) this.leave();
  }

  /** The connection is there, perhaps another one. */
  opened(): void {
    for (const flag of this.unanswered.values()) this.send(flag);
  }

  answered(flagged: Flagged): void {
    if (this.unanswered.get(flagged.id)?.revision === flagged.revision) this.unanswered.delete(flagged.id);
    if (this.current?.id === flagged.id && this.current.revision !== flagged.revision) return;
    if (this.current?.id === flagged.id) this.kept = flagged.problem === null;
    if (flagged.problem === null) return;
    this.problem = flagged.problem;
    if (this.current?.id === flagged.id && flagged.revision === 0) this.current = null;
  }

  private tell(flag: Flag): void {
    this.current = flag;
    this.kept = false;
    this.problem = null;
    this.unanswered.set(flag.id, flag);
    this.send(flag);
  }
}

function identity(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
