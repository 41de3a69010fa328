/**
 * What is around the page: how it reaches its host, and what the browser keeps for it.
 *
 * Two kinds exist: the plain one here, and one that encrypts all that passes (`sealed/`). The page knows only this interface.
 */
import type { Json } from "./protocol";

export const NOT_VALID = "This link is not valid any more. Please ask for a new one.";

/** The part of WebSocket that is used. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

export interface Outgoing {
  path: string;
  headers: Record<string, string>;
  body: Blob;
  /** Told how many bytes have gone. */
  progressed: (bytes: number) => void;
  signal: AbortSignal | undefined;
}

export interface Answer {
  status: number;
  body: Json;
}

export interface Surroundings {
  /** True for the page of a watch link. */
  readonly watches: boolean;
  /** Link of the case that this page was opened for, or null. */
  readonly visited: string | null;
  /** Address at which a case with this link is seen. */
  caseAddress(link: string): string;
  /** True if this window has opened the case with this link before; from now on it has. */
  cameBefore(link: string): boolean;
  open(): Socket;
  /** Send a file. Rejects with an `AbortError` when it was called off, with a `TypeError` when the connection broke. */
  post(outgoing: Outgoing): Promise<Answer>;
  /** Why the host does not let this page in, as a sentence; null when it does or cannot be reached. */
  refused(): Promise<string | null>;
  read(): string | null;
  write(session: string): void;
  /** Call `retry` when there is reason to hope that the host can be reached again, and `used` when somebody uses the page. */
  watch(retry: () => void, used: () => void): void;
}

/** The address of something beside the page, under whatever path the page is served. */
export function address(relative: string): URL {
  return new URL(relative, document.baseURI);
}

/** The address of a websocket beside the page. */
export function socketAddress(path: string): URL {
  const url = address(path);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/** `XMLHttpRequest`, as fetch tells no progress. */
export function request(
  url: URL,
  { headers, body, progressed, signal }: Omit<Outgoing, "path">,
  kind: "json" | "arraybuffer",
): Promise<{ status: number; response: unknown }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = kind;
    request.upload.onprogress = (event) => progressed(event.loaded);
    request.onload = () => resolve({ status: request.status, response: request.response });
    request.onerror = () => reject(new TypeError("The connection was lost."));
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    if (signal?.aborted) request.abort();
    request.send(body);
  });
}

/** What the browser keeps for this page, and when it wakes up. */
export function kept(): Pick<Surroundings, "cameBefore" | "read" | "write" | "watch"> {
  const key = `modelapp session ${location.pathname}`;
  return {
    cameBefore(link) {
      try {
        const place = `modelapp case ${location.pathname}`;
        const before = sessionStorage.getItem(place);
        sessionStorage.setItem(place, link);
        return before === link;
      } catch {
        return false;
      }
    },
    // Storage may be forbidden, in a frame of another site for instance: then a reload begins a new session.
    read() {
      try {
        return sessionStorage.getItem(key);
      } catch {
        return null;
      }
    },
    write(session) {
      try {
        sessionStorage.setItem(key, session);
      } catch {
        return;
      }
    },
    watch(retry, used) {
      addEventListener("online", retry);
      for (const event of ["pointerdown", "keydown"]) addEventListener(event, used);
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible") retry();
      });
    },
  };
}

/** What a refusal of the page means. */
export function refusal(status: number, watches: boolean): string | null {
  if (status === 401) return "This page needs a password now. Please reload it.";
  if (status === 403 && !watches) return "This page is not open to visitors any more. Please ask its author for a link.";
  return status === 403 || status === 404 ? NOT_VALID : null;
}

export function plainSurroundings(): Surroundings {
  const watches = new URLSearchParams(location.search).has("watch");
  return {
    ...kept(),
    watches,
    visited: watches ? null : new URLSearchParams(location.search).get("case"),
    caseAddress: (link) => address(`c/${link}`).href,
    open: () => new WebSocket(socketAddress(watches ? "watch" : "ws")) as Socket,
    async refused() {
      try {
        const answer = await fetch(address(watches ? "./?watch" : "./"), { method: "HEAD", cache: "no-store" });
        return refusal(answer.status, watches);
      } catch {
        return null;
      }
    },
    async post({ path, ...outgoing }) {
      const { status, response } = await request(address(path), outgoing, "json");
      return { status, body: (response ?? null) as Json };
    },
  };
}
