/** What a reader wants to see of a table's rows that the host holds: which part, in which order, with which words. */
export class Browsing {
  start = $state(0);
  sort = $state<number | null>(null);
  descending = $state(false);
  search = $state("");
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly pageRows: number) {}

  /** A click on a column's head: up, down, and as the rows come. */
  sortBy(column: number): void {
    if (this.sort !== column) [this.sort, this.descending] = [column, false];
    else if (!this.descending) this.descending = true;
    else [this.sort, this.descending] = [null, false];
    this.start = 0;
  }

  /** Look for what is typed into a field, after a pause. */
  find(event: Event): void {
    const text = (event.currentTarget as HTMLInputElement).value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.search = text;
      this.start = 0;
    }, SEARCH_MILLISECONDS);
  }

  turn(pages: number): void {
    this.start = Math.max(0, this.start + pages * this.pageRows);
  }

  get query(): { start: number; count: number; sort: number | null; descending: boolean; search: string } {
    return { start: this.start, count: this.pageRows, sort: this.sort, descending: this.descending, search: this.search };
  }
}

const SEARCH_MILLISECONDS = 200;
