import { address } from "../connection";
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
        const limit = this.page.welcome?.limits.upload_bytes ?? Infinity;
        if (file.size > limit) throw new Error(`“${file.name}” is too big: at most ${Math.floor(limit / 1e6)} MB can be sent.`);
        const last = index === files.length - 1;
        upload = await post(this.page, file, path, upload, last, (bytes) => (this.progress = (sent + bytes) / whole), stop.signal);
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

function post(
  page: Page,
  file: File,
  path: string,
  upload: string,
  last: boolean,
  progressed: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("bulk"));
    request.setRequestHeader("X-Modelapp-Session", page.welcome?.session ?? "");
    request.setRequestHeader("X-Modelapp-Name", encodeURIComponent(path));
    request.setRequestHeader("X-Modelapp-Upload", upload);
    request.setRequestHeader("X-Modelapp-Last", last ? "yes" : "no");
    request.responseType = "json";
    request.upload.onprogress = (event) => progressed(event.loaded);
    request.onload = () => {
      const body = request.response as (BulkUploaded & { error?: string }) | null;
      if (request.status === 200 && body) resolve(body.upload);
      else reject(new Error(body?.error ?? `The host did not take the file (${request.status}).`));
    };
    request.onerror = () => reject(new Error("The connection was lost before the files had arrived. Please try again."));
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
