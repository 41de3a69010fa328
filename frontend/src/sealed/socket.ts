/** A websocket of which every message is sealed; from outside it is like any other. */
import { socketAddress, type Socket } from "../surroundings";
import type { Access } from "./access";
import { SALT_BYTES, SocketSeal } from "./sealing";

export class SealedSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  private readonly socket = new WebSocket(socketAddress("sealed/socket"));
  private readonly salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  private seal: SocketSeal | null = null;
  /** What arrives and what is sent, each in its order, though encryption answers later. */
  private incoming: Promise<void> = Promise.resolve();
  private outgoing: Promise<void> = Promise.resolve();

  constructor(
    private readonly access: Access,
    private readonly path: "ws" | "watch",
  ) {
    const { socket } = this;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(new Uint8Array([...this.salt, ...access.key.id]));
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      this.incoming = this.incoming.then(() => this.take(new Uint8Array(event.data))).catch(() => socket.close());
    };
    socket.onclose = () => void this.incoming.then(() => this.onclose?.());
  }

  send(text: string): void {
    this.outgoing = this.outgoing
      .then(() => this.seal!.seal(text))
      .then((sealed) => this.socket.send(sealed))
      .catch(() => this.socket.close());
  }

  close(): void {
    this.socket.close();
  }

  private async take(message: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.seal !== null) {
      const data = await this.seal.open(message);
      this.onmessage?.({ data });
      return;
    }
    this.seal = await SocketSeal.made(this.access.key, this.salt, message);
    this.send(JSON.stringify({ path: this.path, headers: { Cookie: this.access.header } }));
    this.onopen?.();
  }
}
