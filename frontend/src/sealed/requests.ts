/** Requests whose head, body and answer only the host can read. */
import { address, request, type Outgoing } from "../surroundings";
import type { Access } from "./access";
import { answered, fromBase64, sealed, type Head } from "./sealing";

export interface Opened extends Head {
  body: Blob;
}

const STALE = 409;

/** Send one; `progressed` is told of bytes that have gone. */
export async function send(access: Access, method: "GET" | "POST", outgoing: Outgoing): Promise<Opened> {
  const headers = { ...outgoing.headers, Cookie: access.header, "Content-Length": String(outgoing.body.size) };
  const url = address("sealed/request");
  for (let again = false; ; again = true) {
    const { blob, salt } = await sealed(access.key, fromBase64(access.id), { method, path: outgoing.path, headers }, outgoing.body);
    const plain = { headers: { "Content-Type": "application/octet-stream" }, body: blob, progressed: outgoing.progressed, signal: outgoing.signal };
    const { status, response } = await request(url, plain, "arraybuffer");
    if (status === STALE && !again) {
      await access.refresh();
      continue;
    }
    if (status !== 200) return { status, headers: [], body: new Blob() };
    return opened(new Uint8Array(response as ArrayBuffer), access.key.answering(salt), access);
  }
}

export async function get(access: Access, path: string): Promise<Opened> {
  return send(access, "GET", { path, headers: {}, body: new Blob(), progressed: () => {}, signal: undefined });
}

async function opened(answer: Uint8Array<ArrayBuffer>, secret: Promise<Uint8Array<ArrayBuffer>>, access: Access): Promise<Opened> {
  let head: Head | null = null;
  const parts: BlobPart[] = [];
  for await (const part of answered(once(answer), secret)) {
    if (part instanceof Uint8Array) parts.push(part);
    else head = part;
  }
  if (head === null) throw new TypeError("The answer has no head.");
  await access.keep(head.headers);
  return { ...head, body: new Blob(parts) };
}

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}
