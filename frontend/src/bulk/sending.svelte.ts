import type { Page } from "../page.svelte";
import type { BulkUploaded } from "../protocol";
import type { Found } from "./files";

/** The files of many cases on their way to the host, one after the other. */
export class Sending {
  /** Between 0 and 1, or null when nothing is on its way. */
  progress = $state<number | null>(null);
  error = $state<string | null>(null);
  private stop: AbortController | null = null;

  constructor(private readonly page: Page) {}

  async start(files: Found[]): Promise<void> {
    this.cancel();
    this.error = null;
    if (files.length === 0) return void (this.error = "There are no files in it.");
    const stop = (this.stop = new AbortController());
    const whole = files.reduce((sum, { file }) => sum + file.size, 0) || 1;
    let sent = 0;
    let upload = "";
    this.progress = 0;
    try {
      for (const [index, { file, path }] of files.entries()) {
        const headers = {
          "X-Modelapp-Name": encodeURIComponent(path),
          "X-Modelapp-Upload": upload,
          "X-Modelapp-Last": index === files.length - 1 ? "yes" : "no",
        };
        const told = (bytes: number): void => void (this.progress = Math.min(1, (sent + bytes) / whole));
        ({ upload } = (await this.page.send("bulk", headers, file, told, stop.signal)) as BulkUploaded);
        sent += file.size;
      }
    } catch (error) {
      if (!stop.signal.aborted) this.error = (error as Error).message;
    } finally {
      if (this.stop === stop) this.progress = this.stop = null;
    }
  }

  cancel(): void {
    this.stop?.abort();
    this.stop = this.progress = null;
  }
}
