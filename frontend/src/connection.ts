/**
 * The websocket to the host, which comes back by itself, and the two things that go beside it: questions and uploads.
 *
 * Owns the session's secret and the way in and out of messages. It must not know what messages mean for the page.
 */
import type { Hello, HostMessage, Json, PageMessage, Uploaded, Welcome } from "./protocol";

const FIRST_DELAY_MILLISECONDS = 250;
const LONGEST_DELAY_MILLISECONDS = 5000;
/** A refusal may be another's, of a proxy in between: it is looked at again, seldom. */
const REFUSED_DELAY_MILLISECONDS = 60_000;

/** The part of WebSocket that is used. */
export type Socket = Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "send" | "close">;

export interface Surroundings {
  open(): Socket;
  read(): string | null;
  write(session: string): void;
  /** Call `retry` when there is reason to hope that the host can be reached again. */
  watch(retry: () => void): void;
  /** Why the host does not let this page in, as a sentence; null when it does or cannot be reached. */
  refused(): Promise<string | null>;
  /** True for the page of a watch link. */
  readonly watches: boolean;
}

export interface Listener {
  /** `fresh`: the host does not know the session that this page had. */
  welcomed(welcome: Welcome, fresh: boolean): void;
  received(message: Exclude<HostMessage, Welcome>): void;
  opened(): void;
  lost(): void;
}

interface Question {
  resolve(reply: Json): void;
  reject(error: Error): void;
}

export class Connection {
  welcome: Welcome | null = null;
  private seen = 0;
  private socket: Socket | null = null;
  private ready = false;
  /** The host said that there is nothing more to come: to try again by itself is of no use. */
  private over = false;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private questions = new Map<number, Question>();
  private lastQuestion = 0;

  constructor(
    private readonly listener: Listener,
    private readonly surroundings: Surroundings = browserSurroundings(),
  ) {}

  get watches(): boolean {
    return this.surroundings.watches;
  }

  start(): void {
    this.surroundings.watch(() => this.retry());
    this.connect();
  }

  /** Send a message; false when there is no connection. */
  send(message: PageMessage): boolean {
    if (!this.ready || this.socket === null) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Ask an output a question. Rejects with a sentence for the reader. */
  ask(element: string, query: Json): Promise<Json> {
    const id = ++this.lastQuestion;
    return new Promise((resolve, reject) => {
      if (!this.send({ type: "ask", id, element, query })) return reject(new Error("Not connected just now."));
      this.questions.set(id, { resolve, reject });
    });
  }

  private connect(): void {
    clearTimeout(this.timer);
    const socket = this.surroundings.open();
    let opened = false;
    this.socket = socket;
    socket.onopen = () => {
      opened = true;
      const session = this.welcome?.session ?? this.surroundings.read();
      const hello: Hello = { type: "hello", session, epoch: this.welcome?.epoch ?? null, seen: this.seen };
      socket.send(JSON.stringify(hello));
    };
    // The host sends what belongs together in one packet.
    socket.onmessage = (event) => {
      for (const message of JSON.parse(event.data as string) as HostMessage[]) this.receive(message);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.close();
      if (!opened) void this.askWhy();
    };
  }

  private receive(message: HostMessage): void {
    if (message.type === "welcome") return this.greet(message);
    if (message.type === "ended") this.over = true;
    if (message.type === "answer") return this.answer(message.id, message.reply, message.error);
    if (message.type === "frame" || message.type === "append") {
      // A frame may be told twice, for its acknowledgement; text may not be added twice.
      const whole = message.type === "frame" && message.reset;
      const old = message.type === "frame" ? message.sequence < this.seen : message.sequence <= this.seen;
      if (old && !whole) return;
      this.seen = message.sequence;
    }
    this.listener.received(message);
  }

  private greet(welcome: Welcome): void {
    const fresh = this.welcome !== null && !welcome.resumed;
    if (this.welcome?.epoch !== welcome.epoch || fresh) this.seen = 0;
    this.welcome = welcome;
    if (welcome.session !== "") this.surroundings.write(welcome.session);
    this.ready = true;
    this.over = false;
    this.attempts = 0;
    this.listener.welcomed(welcome, fresh);
    this.listener.opened();
  }

  private answer(id: number, reply: Json, error: string | null): void {
    const question = this.questions.get(id);
    this.questions.delete(id);
    if (error === null) question?.resolve(reply);
    else question?.reject(new Error(error));
  }

  private close(): void {
    this.ready = false;
    this.socket = null;
    for (const question of this.questions.values()) question.reject(new Error("The connection was lost."));
    this.questions.clear();
    this.listener.lost();
    if (this.over) return;
    const delay = Math.min(LONGEST_DELAY_MILLISECONDS, FIRST_DELAY_MILLISECONDS * 2 ** this.attempts++);
    // Many pages lose the same host at the same moment; the random half keeps them from coming back as one.
    this.timer = setTimeout(() => this.connect(), delay * (0.5 + Math.random() / 2));
  }

  /** A socket that is refused tells no reason. */
  private async askWhy(): Promise<void> {
    const text = await this.surroundings.refused();
    if (text === null || this.socket !== null || this.over) return;
    clearTimeout(this.timer);
    this.receive({ type: "ended", text });
    this.timer = setTimeout(() => {
      this.over = false;
      this.connect();
    }, REFUSED_DELAY_MILLISECONDS);
  }

  private retry(): void {
    if (this.socket !== null) return;
    this.attempts = 0;
    this.connect();
  }
}

const NOT_VALID = "This link is not valid any more. Please ask for a new one.";

function sentence(status: number, watches: boolean): string | null {
  if (status === 401) return "This page needs a password now. Please reload it.";
  if (status === 403 && !watches) return "This page is not open to visitors any more. Please ask its author for a link.";
  return status === 403 || status === 404 ? NOT_VALID : null;
}

/** The address of something beside the page, under whatever path the page is served. */
export function address(relative: string): URL {
  return new URL(relative, document.baseURI);
}

function browserSurroundings(): Surroundings {
  const key = `modelapp session ${location.pathname}`;
  const watches = new URLSearchParams(location.search).has("watch");
  return {
    watches,
    open() {
      const url = address(watches ? "watch" : "ws");
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      return new WebSocket(url);
    },
    async refused() {
      try {
        const answer = await fetch(address(watches ? "./?watch" : "./"), { method: "HEAD", cache: "no-store" });
        return sentence(answer.status, watches);
      } catch {
        return null;
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
    watch(retry) {
      addEventListener("online", retry);
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible") retry();
      });
    },
  };
}

/** Upload a file for an input. Rejects with a sentence for the reader. `XMLHttpRequest`, as fetch tells no progress. */
export function upload(
  session: string,
  input: string,
  file: Blob,
  name: string,
  progressed: (fraction: number) => void,
  signal?: AbortSignal,
): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("upload"));
    request.setRequestHeader("X-Modelapp-Session", session);
    request.setRequestHeader("X-Modelapp-Input", input);
    request.setRequestHeader("X-Modelapp-Name", encodeURIComponent(name));
    request.responseType = "json";
    request.upload.onprogress = (event) => progressed(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      const body = request.response as (Uploaded & { error?: string }) | null;
      if (request.status === 200 && body) resolve(body);
      else reject(new Error(body?.error ?? `The host did not take the file (${request.status}).`));
    };
    request.onerror = () => reject(new Error("The connection was lost before the file had arrived. Please try again."));
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
