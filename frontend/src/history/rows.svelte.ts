/** The cases as a list: what of it was asked for so far. It is asked for again at each change, and stays as long. */
import type { CaseList, CaseRow, Json } from "../protocol";

export class CaseRows {
  /** Null until the host has answered. */
  rows = $state.raw<CaseRow[] | null>(null);
  /** Asks for those that follow; null if there are none. */
  more = $state.raw<number | null>(null);
  everybody = $state(false);
  problem = $state("");
  private asked = 0;

  constructor(private readonly ask: (query: Json) => Promise<Json>) {}

  of(everybody: boolean): void {
    if (everybody === this.everybody) return;
    this.everybody = everybody;
    this.rows = null;
    this.more = null;
    void this.load();
  }

  /** Ask for as many as there are on the page. */
  async load(): Promise<void> {
    const number = ++this.asked;
    const wanted = this.rows?.length ?? 1;
    let rows: CaseRow[] = [];
    let more: number | null = null;
    try {
      do {
        const list = await this.part(more);
        rows = [...rows, ...list.rows];
        more = list.more;
      } while (more !== null && rows.length < wanted);
    } catch (fault) {
      if (number === this.asked) this.problem = (fault as Error).message;
      return;
    }
    if (number !== this.asked) return;
    this.rows = rows;
    this.more = more;
    this.problem = "";
  }

  async append(): Promise<void> {
    const number = ++this.asked;
    try {
      const list = await this.part(this.more);
      if (number !== this.asked) return;
      this.rows = [...(this.rows ?? []), ...list.rows];
      this.more = list.more;
    } catch (fault) {
      this.problem = (fault as Error).message;
    }
  }

  private async part(before: number | null): Promise<CaseList> {
    return (await this.ask({ do: "list", everybody: this.everybody, before })) as unknown as CaseList;
  }
}
