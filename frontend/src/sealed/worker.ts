/**
 * A service worker that opens media for the page: what `<img>`, `<video>` and `fetch` ask for below `media/`, and an index
 * of apps for its pictures and news, is asked of the host sealed, and handed on as it comes, also in parts, as a player that seeks asks for them.
 *
 * Owns no secret of its own: it asks the page whose request it is.
 */
import type { Pass } from "./access";
import { answered, fromBase64, Key, sealed, type Head } from "./sealing";

type Bytes = Uint8Array<ArrayBuffer>;

/** The parts of a worker's scope that are used; TypeScript's own types of it do not go together with those of a page. */
interface Scope {
  registration: { scope: string };
  clients: { claim(): Promise<void>; get(id: string): Promise<{ postMessage(message: unknown, transfer: Transferable[]): void } | undefined> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate" | "message" | "fetch", listener: (event: WorkerEvent) => void): void;
}

interface WorkerEvent extends Event {
  request: Request;
  clientId: string;
  ports: readonly MessagePort[];
  waitUntil(work: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
}

const STALE = 409;
const SEALED = ["media/", "_gallery/picture/", "_gallery/news"];
const worker = self as unknown as Scope;
const passes = new Map<string, Pass>();

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
// A page that was reloaded past its caches is nobody's until it is claimed.
worker.addEventListener("message", (event) => event.waitUntil(worker.clients.claim().then(() => event.ports[0]?.postMessage("claimed"))));

worker.addEventListener("fetch", (event) => {
  const { scope } = worker.registration;
  const isSealed = SEALED.some((place) => event.request.url.startsWith(scope + place));
  if (event.request.method !== "GET" || event.clientId === "" || !isSealed) return;
  event.respondWith(answer(event.request, event.request.url.slice(scope.length), event.clientId));
});

async function answer(request: Request, path: string, client: string): Promise<Response> {
  const headers: Record<string, string> = {};
  const range = request.headers.get("Range");
  if (range !== null) headers["Range"] = range;
  const known = passes.get(client);
  let pass = known ?? (await passOf(client, false));
  let sent = pass && (await asked(pass, path, headers, request.signal));
  if (sent?.answer.status === STALE) {
    pass = await passOf(client, true);
    sent = pass && (await asked(pass, path, headers, request.signal));
  }
  if (!sent?.answer.ok || sent.answer.body === null) return new Response(null, { status: sent?.answer.status ?? 404 });
  return opened(sent.answer.body, sent.key.answering(sent.salt));
}

/** Ask the page for what its requests need. */
async function passOf(client: string, fresh: boolean): Promise<Pass | null> {
  const page = await worker.clients.get(client);
  if (page === undefined) return null;
  const channel = new MessageChannel();
  const answer = new Promise<Pass>((resolve) => (channel.port1.onmessage = (event: MessageEvent<Pass>) => resolve(event.data)));
  page.postMessage({ fresh }, [channel.port2]);
  const pass = await answer;
  passes.clear(); // of pages that are gone, too
  passes.set(client, pass);
  return pass;
}

async function asked(pass: Pass, path: string, headers: Record<string, string>, signal: AbortSignal): Promise<{ answer: Response; key: Key; salt: Bytes } | null> {
  const key = await Key.read(pass.key);
  if (key === null) return null;
  const head = { method: "GET", path, headers: { ...headers, Cookie: pass.cookies } };
  const { blob, salt } = await sealed(key, fromBase64(pass.id), head, new Blob());
  const url = new URL("sealed/request", worker.registration.scope);
  const answer = await fetch(url, { method: "POST", body: await blob.arrayBuffer(), signal });
  return { answer, key, salt };
}

/** Hand on an answer while it arrives. */
async function opened(body: ReadableStream<Bytes>, secret: Promise<Bytes>): Promise<Response> {
  const parts = answered(pieces(body), secret);
  const first = await parts.next();
  const head = first.value as Head;
  const stream = new ReadableStream<Bytes>({
    async pull(controller) {
      const part = await parts.next();
      if (part.done) controller.close();
      else controller.enqueue(part.value as Bytes);
    },
    async cancel() {
      await parts.return();
    },
  });
  const empty = head.status === 204 || head.status === 304;
  return new Response(empty ? null : stream, { status: head.status, headers: head.headers });
}

async function* pieces(body: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}
