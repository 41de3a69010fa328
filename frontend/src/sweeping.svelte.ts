/** The robustness sweep of the page's values: how far it is, and whether it is about what the page shows now. */
import type { Json, PageMessage, SweepState } from "./protocol";
import { same } from "./same";

export class Sweeping {
  state = $state.raw<SweepState | null>(null);
  /** The values that a row of the table set, or null. */
  private opened: Record<string, Json> | null = null;

  constructor(private readonly send: (message: PageMessage) => boolean) {}

  start(): void {
    if (!this.send({ type: "sweep_start" })) return;
    this.opened = null;
    this.state = { type: "sweep", phase: "running", total: 0, seconds: 0, before: null, values: {}, rows: [], problem: null };
  }

  stop(): void {
    this.send({ type: "sweep_stop" });
  }

  /** Keep in mind that these values come from a row: the table is still about them. */
  opens(values: Record<string, Json>): void {
    this.opened = values;
  }

  /** Whether the table is about these values. One that grows is. */
  isAbout(values: ReadonlyMap<string, Json>): boolean {
    if (this.state === null || this.state.phase === "failed") return false;
    if (this.state.phase === "running") return true;
    return [this.state.values, this.opened].some((known) => known !== null && Object.entries(known).every(([name, value]) => same(values.get(name) ?? null, value)));
  }
}
