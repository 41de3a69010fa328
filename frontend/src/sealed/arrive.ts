/**
 * The beginning of a page of which all that passes is encrypted: read the key from the link, find out what else the link
 * says, and get the worker ready that opens media. A page that cannot begin says why.
 */
import { mount, unmount } from "svelte";
import type { Json } from "../protocol";
import { address, kept, NOT_VALID, refusal, type Surroundings } from "../surroundings";
import { Access, parts } from "./access";
import { saveDownloads } from "./downloads";
import Password from "./Password.svelte";
import { showIndex } from "./gallery";
import { get, send, type Opened } from "./requests";
import Sentence from "./Sentence.svelte";
import { SealedSocket } from "./socket";
import worker from "./worker?worker&url";

const INDEX_HEADER = "x-modelapp-index";
const RETRY_MILLISECONDS = 3000;
const SILENT_MILLISECONDS = 1000;

const NO_WORKER = "This window cannot open an encrypted page: some browsers' private windows cannot. Please use an ordinary one.";
const NO_WORKER_IN_FRAME = "This app is encrypted, and this browser does not open encrypted apps inside of other sites' pages.";

class Refused extends Error {}

/** What a page begins with: its host as the page knows it, or the HTML of an index of apps. */
type Begun = Surroundings | string;

/** Begin, and `show` the page. */
export async function arrive(target: HTMLElement, show: (surroundings: Surroundings) => void): Promise<void> {
  addEventListener("hashchange", () => location.reload());
  let told: Record<string, never> | null = null;
  const tell = (sentence: string | null): void => {
    if (told !== null) void unmount(told);
    told = sentence === null ? null : mount(Sentence, { target, props: { sentence } });
  };
  const silent = setTimeout(() => tell("Connecting …"), SILENT_MILLISECONDS);
  for (;;) {
    try {
      const hush = (): void => {
        clearTimeout(silent);
        tell(null);
      };
      const begun = await begin(target, hush);
      hush();
      if (typeof begun === "string") return await showIndex(begun);
      return show(begun);
    } catch (fault) {
      clearTimeout(silent);
      if (fault instanceof Refused) return tell(fault.message);
      tell("The host is offline. This page goes on by itself.");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
    }
  }
}

/** `hush` takes away what is said, before something is asked. */
async function begin(target: HTMLElement, hush: () => void): Promise<Begun> {
  const access = await opened();
  const asked = (): Promise<Opened> => {
    hush();
    return typed(access, target);
  };
  const [{ watches, answer }] = await Promise.all([entered(access, asked), ready(access)]);
  if (header(answer, INDEX_HEADER) !== null) return answer.body.text();
  saveDownloads();
  return surroundings(access, watches);
}

/** Read the key, and see that it is the host's. */
async function opened(): Promise<Access> {
  const { key: text } = parts(location.hash);
  if (text === "") throw new Refused("This link is not complete: the part after “#” is missing. Please ask for the whole link.");
  const access = await Access.read(text);
  if (access === null) throw new Refused("This link is not complete: its end is damaged. Please ask for the whole link.");
  if (!(await access.refresh())) throw new Refused(NOT_VALID);
  return access;
}

/** Do with the link's query what a browser does with that of a plain one. `watches` is true for the page of a watch link. */
async function entered(access: Access, typed: () => Promise<Opened>): Promise<{ watches: boolean; answer: Opened }> {
  let { query } = parts(location.hash);
  let answer = await get(access, query === null ? "" : `?${query}`);
  if (answer.status === 302) {
    // What was secret in it is a cookie now: the address can be passed on.
    query = header(answer, "location")?.split("?")[1] ?? null;
    history.replaceState(null, "", `#${access.text}${query === null ? "" : `?${query}`}`);
    answer = await get(access, query === null ? "" : `?${query}`);
  }
  while (answer.status === 401) answer = await typed();
  if (answer.status !== 200) {
    const plain = header(answer, "content-type")?.startsWith("text/plain");
    throw new Refused(plain ? await answer.body.text() : (refusal(answer.status, false) ?? NOT_VALID));
  }
  return { watches: new URLSearchParams(query ?? "").has("watch"), answer };
}

function header(answer: Opened, wanted: string): string | null {
  return answer.headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
}

/** Ask for the page's password until it is the right one; return the page that it opens. */
function typed(access: Access, target: HTMLElement): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const form = mount(Password, { target, props: { send: tried } });
    async function tried(password: string): Promise<string | null> {
      const body = new Blob([new URLSearchParams({ password }).toString()]);
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      const answer = await send(access, "POST", { path: "", headers, body, progressed: () => {}, signal: undefined });
      if (answer.status === 401) return "That is not the password.";
      if (answer.status === 429) return "Too many wrong ones were tried here. Please try again later.";
      void unmount(form);
      get(access, "").then(resolve, reject);
      return null;
    }
  });
}

/** Have the worker serve this page. */
async function ready(access: Access): Promise<void> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined || !storageIsAllowed()) throw new Refused(window.parent === window ? NO_WORKER : NO_WORKER_IN_FRAME);
  workers.addEventListener("message", (event: MessageEvent<{ fresh: boolean }>) => {
    const before = event.data.fresh ? access.refresh() : Promise.resolve();
    void before.then(() => event.ports[0]?.postMessage(access.pass));
  });
  workers.startMessages();
  // It must lie beside the page; the query changes with its content, so that a new one takes the old one's place.
  await workers.register(address(`worker.js?${new URL(worker, location.href).pathname.split("/").pop()}`));
  const registration = await workers.ready;
  // An app below an index may still have that one's.
  const hasOwn = (): boolean => workers.controller?.scriptURL.startsWith(address("worker.js").href) ?? false;
  if (hasOwn()) return;
  const claimed = new Promise<void>((resolve) => workers.addEventListener("controllerchange", () => hasOwn() && resolve()));
  registration.active?.postMessage("claim", [new MessageChannel().port2]);
  await claimed;
}

/** False where the browser keeps nothing for this page: then it has no worker either. */
function storageIsAllowed(): boolean {
  try {
    return window.sessionStorage !== null;
  } catch {
    return false;
  }
}

function surroundings(access: Access, watches: boolean): Surroundings {
  return {
    ...kept(),
    watches,
    visited: watches ? null : new URLSearchParams(parts(location.hash).query ?? "").get("case"),
    caseAddress: (link) => address(`#${access.text}?case=${link}`).href,
    open: () => new SealedSocket(access, watches ? "watch" : "ws"),
    async refused() {
      try {
        return refusal((await get(access, watches ? "?watch" : "")).status, watches);
      } catch {
        return null;
      }
    },
    async post(outgoing) {
      const { status, body } = await send(access, "POST", outgoing);
      const text = await body.text();
      return { status, body: text === "" ? null : (JSON.parse(text) as Json) };
    },
  };
}
