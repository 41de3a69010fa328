/** What a page needs to reach its host through a relay: the link's key, what the host calls it just now, and cookies. */
import { address } from "../surroundings";
import { fromBase64, Key } from "./sealing";

/** As it is handed to the worker. */
export interface Pass {
  key: string;
  id: string;
  cookies: string;
}

/** The part of a link after "#": the key, and what the plain link has after "?". */
export function parts(hash: string): { key: string; query: string | null } {
  const [, key, , query] = /^#?([^?]*)(\?(.*))?$/s.exec(hash)!;
  return { key: key ?? "", query: query ?? null };
}

export class Access {
  /** Of the process that serves the page; another one, or the same after a long time, has another id. */
  id = "";

  private constructor(
    readonly key: Key,
    readonly text: string,
    /** Where the cookies are kept: a name that tells nothing of the page, as all pages of a relay may read it. */
    private readonly jar: string,
    private cookies: Record<string, string>,
  ) {}

  /** Read the key of a link, and what was kept for it; null if it is no key. */
  static async read(text: string): Promise<Access | null> {
    const key = await Key.read(text);
    if (key === null) return null;
    const jar = `modelapp ${key.id.join("")}`;
    try {
      const kept = localStorage.getItem(jar);
      return new Access(key, text, jar, kept === null ? {} : (JSON.parse(await key.shown(kept)) as Record<string, string>));
    } catch {
      return new Access(key, text, jar, {}); // storage may be forbidden, or changed by another page
    }
  }

  get pass(): Pass {
    return { key: this.text, id: this.id, cookies: this.header };
  }

  /** The cookies that the host has set, as a request carries them. They are kept here: a relay must not see them. */
  get header(): string {
    return Object.entries(this.cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join("; ");
  }

  /** Ask what requests are to begin with. False if the key is of another link. Rejects with the host's answer if it is offline. */
  async refresh(): Promise<boolean> {
    const answer = await fetch(address("sealed/id"), { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    this.id = ((await answer.json()) as { id: string }).id;
    const id = fromBase64(this.id);
    return this.key.id.every((byte, index) => byte === id[index]);
  }

  /** Take in the cookies of an answer. */
  async keep(headers: readonly [string, string][]): Promise<void> {
    const before = this.header;
    for (const [name, value] of headers) {
      const [, cookie, content] = (name.toLowerCase() === "set-cookie" && /^([^=;]+)=([^;]*)/.exec(value)) || [];
      if (cookie === undefined) continue;
      if (content === "" || content === '""') delete this.cookies[cookie];
      else this.cookies[cookie] = content!;
    }
    if (this.header === before) return;
    const hidden = await this.key.hidden(JSON.stringify(this.cookies));
    try {
      localStorage.setItem(this.jar, hidden);
    } catch {
      return; // storage may be forbidden; then they last as long as the page
    }
  }
}
