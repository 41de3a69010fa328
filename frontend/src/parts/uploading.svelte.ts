import type { Page } from "../page.svelte";
import type { Uploaded } from "../protocol";

/** One upload at a time for an input; a later one takes the place of an earlier one. */
export class Uploading {
  /** Between 0 and 1, or null when nothing is on its way. */
  progress = $state<number | null>(null);
  error = $state<string | null>(null);
  private stop: AbortController | null = null;

  constructor(
    private readonly page: Page,
    private readonly input: () => string,
  ) {}

  /** Upload a file; the answer is null when it failed or when a later file took its place. */
  async start(file: Blob, name: string): Promise<Uploaded | null> {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    this.error = null;
    this.progress = 0;
    try {
      const uploaded = await this.page.upload(this.input(), file, name, (fraction) => (this.progress = fraction), stop.signal);
      return this.stop === stop ? uploaded : null;
    } catch (error) {
      if (this.stop === stop && !stop.signal.aborted) this.error = (error as Error).message;
      return null;
    } finally {
      if (this.stop === stop) this.progress = this.stop = null;
    }
  }

  cancel(): void {
    this.stop?.abort();
    this.stop = this.progress = null;
  }
}
