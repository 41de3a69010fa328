import { expect, test } from "vitest";
import { answered, fromBase64, Key, Opener, sealed, SocketSeal, Unsealable, type Head } from "../src/sealed/sealing";

type Bytes = Uint8Array<ArrayBuffer>;

const raw = (text: string): Bytes => fromBase64(text.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
const secret = Promise.resolve(raw("A".repeat(43)));

async function opened(data: Bytes, from: Promise<Bytes>, step: number): Promise<string> {
  const opener = new Opener(from);
  const parts: Bytes[] = [];
  for (let at = 0; at < data.length; at += step) parts.push(...(await opener.open(data.slice(at, at + step))));
  parts.push(await opener.finished());
  return new Blob(parts).text();
}

// The two examples of RFC 8188, section 3.
const EXAMPLES = [
  ["yqdlZ-tYemfogSmv7Ws5PQ", "I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg"],
  ["BO3ZVPxUlnLORbVGMpbT1Q", "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA"],
] as const;

for (const [key, text] of EXAMPLES) {
  for (const step of [1, 7, 1000]) {
    test(`example of the standard in pieces of ${step}: ${key}`, async () => {
      expect(await opened(raw(text), Promise.resolve(raw(key)), step)).toBe("I am the walrus");
    });
  }
}

test("what is sealed comes back, whatever the length of records", async () => {
  const key = (await Key.read("A".repeat(43)))!;
  for (const size of [0, 1, 40, 41, 42, 1000]) {
    const { blob, salt } = await sealed(key, key.id, { method: "POST" }, new Blob([new Uint8Array(size).fill(7)]), 64);
    const data = new Uint8Array(await blob.arrayBuffer());
    expect(data.slice(0, 16)).toEqual(salt);
    expect(await opened(data, secret, 50)).toBe(`{"method":"POST"}\n${"\x07".repeat(size)}`);
  }
});

test("a changed, cut or lengthened body is noticed", async () => {
  const key = (await Key.read("A".repeat(43)))!;
  const data = new Uint8Array(await (await sealed(key, key.id, {}, new Blob(["x".repeat(200)]), 64)).blob.arrayBuffer());
  const changed = data.slice();
  changed[80]! ^= 1;
  for (const wrong of [changed, data.slice(0, -1), data.slice(0, -60), data.slice(0, 20), new Uint8Array(), new Uint8Array([...data, 0])]) {
    await expect(opened(wrong, secret, 33)).rejects.toThrow(Unsealable);
  }
});

test("a full record is opened when it is there, and nothing may follow the last", async () => {
  const key = (await Key.read("A".repeat(43)))!;
  // Two full records: 94 bytes are "{}", a new line and 91.
  const data = new Uint8Array(await (await sealed(key, key.id, {}, new Blob(["x".repeat(91)]), 64)).blob.arrayBuffer());
  expect((data.length - 21 - key.id.length) % 64).toBe(0);
  const opener = new Opener(secret);
  const first = await opener.open(data.slice(0, -64));
  expect(await new Blob(first).text()).toBe(`{}\n${"x".repeat(44)}`);
  expect(await new Blob(await opener.open(data.slice(-64))).text()).toBe("x".repeat(47));
  expect(await opener.finished()).toEqual(new Uint8Array());
  for (const more of [data.slice(-64), new Uint8Array([0])]) {
    await expect(opened(new Uint8Array([...data, ...more]), secret, 1000)).rejects.toThrow(Unsealable);
  }
});

test("an answer is a head and the pieces of its body", async () => {
  const key = (await Key.read("A".repeat(43)))!;
  const { blob } = await sealed(key, key.id, { status: 206, headers: [["A", "b"]] }, new Blob(["body of\nmany lines"]), 40);
  async function* pieces(): AsyncGenerator<Bytes> {
    const data = new Uint8Array(await blob.arrayBuffer());
    for (let at = 0; at < data.length; at += 11) yield data.slice(at, at + 11);
  }
  let head: Head | null = null;
  let body = "";
  for await (const part of answered(pieces(), secret)) {
    if (part instanceof Uint8Array) body += new TextDecoder().decode(part);
    else head = part;
  }
  expect(head).toEqual({ status: 206, headers: [["A", "b"]] });
  expect(body).toBe("body of\nmany lines");
});

test("what is no key is none", async () => {
  for (const text of ["", "A".repeat(42), "A".repeat(44), `${"A".repeat(42)}%`, "é".repeat(43)]) expect(await Key.read(text)).toBeNull();
});

test("messages of a socket are opened in their order only", async () => {
  const key = (await Key.read("A".repeat(43)))!;
  const one = await SocketSeal.made(key, new Uint8Array(16), new Uint8Array(16).fill(1));
  const [first, second] = await Promise.all([one.seal("first"), one.seal("second")]);
  expect(first).not.toEqual(second);
  // What the page seals it cannot open: each direction has a key of its own.
  await expect(one.open(first)).rejects.toThrow(Unsealable);
});

test("what the browser keeps is read with the same key only", async () => {
  const key = (await Key.read("A".repeat(43)))!;
  const other = (await Key.read("B".repeat(43)))!;
  const hidden = await key.hidden("a=b; ü");
  expect(hidden).not.toContain("a=b");
  expect(await key.shown(hidden)).toBe("a=b; ü");
  await expect(other.shown(hidden)).rejects.toThrow();
  expect(await key.hidden("a=b; ü")).not.toBe(hidden);
});
