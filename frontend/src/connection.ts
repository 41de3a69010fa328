/**
 * The websocket to the host, which comes back by itself, and the questions that go through it.
 *
 * Owns the session's secret and the way in and out of messages. It must not know what messages mean for the page.
 */
import type { Hello, HostMessage, Json, PageMessage, Welcome } from "./protocol";
import type { Socket, Surroundings } from "./surroundings";

const FIRST_DELAY_MILLISECONDS = 250;
const LONGEST_DELAY_MILLISECONDS = 5000;
/** A refusal may be another's, of a proxy in between: it is looked at again, seldom. */
const REFUSED_DELAY_MILLISECONDS = 60_000;

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
  /** Somebody uses the page nevertheless; the host may not have closed the socket yet. */
  private wanted = false;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private questions = new Map<number, Question>();
  private lastQuestion = 0;

  constructor(
    private readonly listener: Listener,
    private readonly surroundings: Surroundings,
  ) {}

  /** What the page has been told, and by which host. */
  get shown(): { epoch: string; seen: number } {
    return { epoch: this.welcome?.epoch ?? "", seen: this.seen };
  }

  start(): void {
    const used = (): void => {
      this.wanted = this.over;
      if (this.over) this.retry();
    };
    this.surroundings.watch(() => this.retry(), used);
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
    this.wanted = false;
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
    if (this.over && this.wanted) return this.retry();
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
