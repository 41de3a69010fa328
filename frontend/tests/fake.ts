import type { Frame, HostMessage, InputProps, PageMessage, Welcome } from "../src/protocol";
import type { Answer, Outgoing, Socket, Surroundings } from "../src/surroundings";

/** A host at the other end of fake sockets: what it was told, and how to make it speak. */
export class FakeHost implements Surroundings {
  told: PageMessage[] = [];
  posted: Outgoing[] = [];
  answer: Answer = { status: 200, body: {} };
  opened = 0;
  watches = false;
  visited = null;
  cameBefore = (): boolean => false;
  caseAddress = (link: string): string => `c/${link}`;
  reason: string | null = null;
  stored: string | null = null;
  retry: () => void = () => {};
  used: () => void = () => undefined;
  private socket: Socket | null = null;

  open(): Socket {
    this.opened += 1;
    const socket: Socket = { onopen: null, onmessage: null, onclose: null, send: (text) => void this.told.push(JSON.parse(text) as PageMessage), close: () => this.drop() };
    return (this.socket = socket);
  }

  async post(outgoing: Outgoing): Promise<Answer> {
    this.posted.push(outgoing);
    return this.answer;
  }

  refused(): Promise<string | null> {
    return Promise.resolve(this.reason);
  }

  read(): string | null {
    return this.stored;
  }

  write(session: string): void {
    this.stored = session;
  }

  watch(retry: () => void, used: () => void): void {
    this.retry = retry;
    this.used = used;
  }

  /** Accept the socket and answer its hello. */
  greet(changes: Partial<Welcome> = {}): void {
    this.socket?.onopen?.();
    this.say({
      type: "welcome",
      session: "secret",
      grant: "grant",
      epoch: "first",
      role: "visitor",
      limits: { upload_bytes: 1000, pixels: 1000 },
      resumed: false,
      ...changes,
    });
  }

  say(...messages: HostMessage[]): void {
    this.socket?.onmessage?.({ data: JSON.stringify(messages) });
  }

  drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.onclose?.();
  }
}

export function frame(sequence: number, changes: Partial<Frame> = {}): Frame {
  return { type: "frame", sequence, elements: [], order: null, values: {}, acknowledged: 0, reset: false, ...changes };
}

export function input(label: string): InputProps {
  return { label, help: null, required: true, disabled: false, examples: [], note: null };
}
