/**
 * Sealing: what passes between the page and its host can be read by nobody on the way.
 *
 * The same as `runtime/core/sealing.py`, which says how: bodies by RFC 8188 (`aes128gcm`), messages of a socket one by one.
 */
export const SALT_BYTES = 16;
const RECORD_BYTES = 1 << 18;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const ID_BYTES = 8;
const IV_BYTES = 12;
const LAST = 2;
const MORE = 1;
const NEWLINE = 10;

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** It was not sealed with this key, or was changed or cut on its way. */
export class Unsealable extends Error {}

/** The secret of both ends. */
export class Key {
  private constructor(
    readonly secret: Bytes,
    /** Tells this key from others, and nothing of it. */
    readonly id: Bytes,
  ) {}

  /** Read the part of a link that carries it; null if it is no key. */
  static async read(text: string): Promise<Key | null> {
    if (!/^[\w-]{43}$/.test(text)) return null;
    const secret = fromBase64(text.replaceAll("-", "+").replaceAll("_", "/") + "=");
    const digest = await crypto.subtle.digest("SHA-256", joined(encoder.encode("modelapp key "), secret));
    return new Key(secret.slice(0, KEY_BYTES), new Uint8Array(digest.slice(0, ID_BYTES)));
  }

  /** Seal a text that the browser keeps, where other pages of the same relay may read it. */
  async hidden(text: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await this.keeping(), encoder.encode(text));
    return btoa(String.fromCharCode(...iv, ...new Uint8Array(sealed)));
  }

  /** Open it again. Rejects if it is another's. */
  async shown(hidden: string): Promise<string> {
    const bytes = fromBase64(hidden);
    const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.slice(0, IV_BYTES) }, await this.keeping(), bytes.slice(IV_BYTES));
    return decoder.decode(opened);
  }

  private async keeping(): Promise<CryptoKey> {
    return cipher(await derived(this.secret, new Uint8Array(), "modelapp kept", 16));
  }

  /** What the answer to the request with this salt is sealed with. */
  answering(salt: Bytes): Promise<Bytes> {
    return derived(this.secret, salt, "modelapp answer", KEY_BYTES);
  }
}

/** AES-GCM, where the number of a message is its nonce. */
class Numbered {
  private number = 0;

  constructor(
    private readonly cipher: CryptoKey,
    private readonly base: Bytes = new Uint8Array(IV_BYTES),
  ) {}

  encrypted(data: Bytes): Promise<Bytes> {
    return crypto.subtle.encrypt(this.algorithm(), this.cipher, data).then((sealed) => new Uint8Array(sealed));
  }

  decrypted(data: Bytes): Promise<Bytes> {
    return crypto.subtle.decrypt(this.algorithm(), this.cipher, data).then(
      (opened) => new Uint8Array(opened),
      () => Promise.reject(new Unsealable("It was sealed with another key, or changed on its way.")),
    );
  }

  private algorithm(): AesGcmParams {
    const iv = this.base.slice();
    const view = new DataView(iv.buffer);
    view.setUint32(8, (view.getUint32(8) ^ this.number) >>> 0);
    this.number += 1;
    return { name: "AES-GCM", iv };
  }
}

/** Seal a request; its answer is opened with the salt. */
export async function sealed(key: Key, id: Bytes, head: object, body: Blob, recordBytes = RECORD_BYTES): Promise<{ blob: Blob; salt: Bytes }> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const records = await recordsOf(key.secret, salt);
  const header = joined(salt, new Uint8Array(4), new Uint8Array([id.length]), id);
  new DataView(header.buffer).setUint32(SALT_BYTES, recordBytes);
  const plain = new Blob([JSON.stringify(head) + "\n", body]);
  const room = recordBytes - TAG_BYTES - 1;
  const parts: Blob[] = [];
  // Piece by piece, each a blob of its own: a browser keeps large ones on disk.
  for (let at = 0; at < plain.size; at += room) {
    const end = Math.min(plain.size, at + room);
    const piece = new Uint8Array(await plain.slice(at, end).arrayBuffer());
    const delimiter = new Uint8Array([end === plain.size ? LAST : MORE]);
    parts.push(new Blob([await records.encrypted(joined(piece, delimiter))]));
  }
  return { blob: new Blob([header, ...parts]), salt };
}

/** Opens a body, piece by piece. */
export class Opener {
  private waiting: Bytes = new Uint8Array();
  private records: Numbered | null = null;
  private recordBytes = 0;
  private isComplete = false;

  constructor(private readonly secret: Promise<Bytes>) {}

  /** What can be read now. */
  async open(data: Bytes): Promise<Bytes[]> {
    this.waiting = joined(this.waiting, data);
    if (this.records === null && !(await this.readHeader())) return [];
    const opened: Bytes[] = [];
    let at = 0;
    // A full record is opened at once, as more may not come soon; the last one, which may be full too, says so.
    for (; this.waiting.length - at >= this.recordBytes; at += this.recordBytes) {
      opened.push(await this.opened(this.waiting.slice(at, at + this.recordBytes)));
    }
    this.waiting = this.waiting.slice(at);
    return opened;
  }

  /** The rest, when all has arrived. */
  async finished(): Promise<Bytes> {
    const rest = this.waiting;
    this.waiting = new Uint8Array();
    if (this.isComplete && rest.length === 0) return rest;
    if (this.records === null || rest.length === 0) throw new Unsealable("It was cut on its way.");
    const opened = await this.opened(rest);
    if (!this.isComplete) throw new Unsealable("It was cut on its way.");
    return opened;
  }

  private async readHeader(): Promise<boolean> {
    const fixed = SALT_BYTES + 5;
    if (this.waiting.length < fixed) return false;
    const length = fixed + this.waiting[fixed - 1]!;
    if (this.waiting.length < length) return false;
    this.recordBytes = new DataView(this.waiting.buffer).getUint32(SALT_BYTES);
    if (this.recordBytes <= TAG_BYTES + 1) throw new Unsealable("Its records are of no length that is taken.");
    this.records = await recordsOf(await this.secret, this.waiting.slice(0, SALT_BYTES));
    this.waiting = this.waiting.slice(length);
    return true;
  }

  private async opened(record: Bytes): Promise<Bytes> {
    if (this.isComplete) throw new Unsealable("It was lengthened on its way.");
    const plain = await this.records!.decrypted(record);
    let end = plain.length;
    while (end > 0 && plain[end - 1] === 0) end -= 1;
    const delimiter = plain[end - 1];
    if (delimiter !== MORE && delimiter !== LAST) throw new Unsealable("It was changed on its way.");
    this.isComplete = delimiter === LAST;
    return plain.slice(0, end - 1);
  }
}

export interface Head {
  status: number;
  headers: [string, string][];
}

/** The head of an answer and the pieces of its body, from the pieces of what arrived. */
export async function* answered(pieces: AsyncIterable<Bytes>, secret: Promise<Bytes>): AsyncGenerator<Head | Bytes, void> {
  const opener = new Opener(secret);
  let before: Bytes | null = new Uint8Array();
  for await (const plain of plainPieces(pieces, opener)) {
    if (before === null) {
      if (plain.length > 0) yield plain;
      continue;
    }
    before = joined(before, plain);
    const end = before.indexOf(NEWLINE);
    if (end < 0) continue;
    yield JSON.parse(decoder.decode(before.subarray(0, end))) as Head;
    if (end + 1 < before.length) yield before.slice(end + 1);
    before = null;
  }
}

async function* plainPieces(pieces: AsyncIterable<Bytes>, opener: Opener): AsyncGenerator<Bytes, void> {
  for await (const piece of pieces) yield* await opener.open(piece);
  yield await opener.finished();
}

/** Seals and opens the messages of one socket, in their order. */
export class SocketSeal {
  private constructor(
    private readonly out: Numbered,
    private readonly in_: Numbered,
  ) {}

  static async made(key: Key, pageSalt: Bytes, hostSalt: Bytes): Promise<SocketSeal> {
    const salt = joined(pageSalt, hostSalt);
    const [out, in_] = await Promise.all(
      ["page", "host"].map(async (end) => new Numbered(await cipher(await derived(key.secret, salt, `modelapp socket ${end}`, 16)))),
    );
    return new SocketSeal(out!, in_!);
  }

  seal(message: string): Promise<Bytes> {
    return this.out.encrypted(encoder.encode(message));
  }

  async open(message: Bytes): Promise<string> {
    return decoder.decode(await this.in_.decrypted(message));
  }
}

export function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function joined(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function recordsOf(secret: Bytes, salt: Bytes): Promise<Numbered> {
  const [key, base] = await Promise.all([
    derived(secret, salt, "Content-Encoding: aes128gcm\0", 16),
    derived(secret, salt, "Content-Encoding: nonce\0", 12),
  ]);
  return new Numbered(await cipher(key), base);
}

function cipher(key: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** A key made of another (HKDF with SHA-256, RFC 5869). */
async function derived(secret: Bytes, salt: Bytes, info: string, length: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info: encoder.encode(info) }, key, length * 8);
  return new Uint8Array(bits);
}
