/**
 * What the page shows: elements, values of inputs, the run's state and what is to be said about them.
 *
 * Applies the host's messages and hands the reader's values to the outbox. It must not know how a widget looks.
 */
import { createContext } from "svelte";
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { Connection } from "./connection";
import { Outbox, type Timing } from "./outbox";
import { ScrollAlong } from "./along.svelte";
import { leftOf } from "./bulk/left";
import { Cases } from "./cases.svelte";
import { Flagging } from "./flagging.svelte";
import { Explaining } from "./explaining.svelte";
import { Sweeping } from "./sweeping.svelte";
import type { Append, BulkState, Compared, Element, Frame, HostMessage, Json, Notice, OtherAnswer, Problem, RunState, Uploaded, Visitors, Watchers, Watching, Welcome } from "./protocol";
import { same } from "./same";
import type { Outgoing, Surroundings } from "./surroundings";

const LOST_MILLISECONDS = 1000;

export class Page {
  readonly elements = new SvelteMap<string, Element>();
  readonly values = new SvelteMap<string, Json>();
  /** Problems of inputs, by name: what the host refused, until a later value is taken in. */
  readonly problems = new SvelteMap<string, Problem>();
  /** Outputs that the present run has drawn already. */
  readonly drawn = new SvelteSet<string>();
  /** Values of a submit group's inputs when its button was pressed last, by the group's id. */
  readonly submitted = new SvelteMap<string, Record<string, Json>>();
  order = $state.raw<string[]>([]);
  run = $state.raw<RunState | null>(null);
  /** Somebody asked to stop the run, and it has not ended yet. */
  stopping = $state(false);
  /** The host has not been told everything, or has not answered all of it. */
  busy = $state(false);
  notices = $state.raw<{ key: number; notice: Notice }[]>([]);
  welcome = $state.raw<Welcome | null>(null);
  /** The running of many cases, or null. */
  bulk = $state.raw<BulkState | null>(null);
  /** How the answers differ from those to the inputs before they were edited. */
  compared = $state.raw<Compared | null>(null);
  /** What another script answers to the same inputs. */
  other = $state.raw<OtherAnswer | null>(null);
  /** Which outputs are shown: those of now, those to the inputs before the edits, or those of the other script. */
  shows = $state<"now" | "original" | "other">("now");
  /** Outputs that are shown in place of those of now, by id. */
  readonly instead = $derived.by(() => {
    const elements = this.shows === "original" ? this.compared?.elements : this.shows === "other" ? this.other?.elements : [];
    return new Map(elements?.map((element) => [element.id, element]));
  });
  /** The connection has been gone for long enough to say so. */
  lost = $state(false);
  /** Why this page may not be here any more, or null. */
  ended = $state<string | null>(null);
  /** The host has said that it restarts. */
  restarting = $state(false);
  /** For the presenter: who watches. */
  watchers = $state.raw<Watchers | null>(null);
  /** For the presenter: who is here now. */
  visitors = $state.raw<Visitors | null>(null);
  /** For a watcher: what she sees, and whose turn it is. */
  watching = $state.raw<Watching | null>(null);
  /** Inputs are shown and cannot be operated: she may not be here any more, or watches and it is not her turn. */
  readonly inert = $derived.by(() => this.ended !== null || (this.watches && this.watching?.turn !== "yours"));
  /** The author saved what does not work, and this page shows what did. */
  editing = $state(false);
  /** The last run failed, and that is to be said: not while the author is at it. She is told in any case. */
  readonly failed = $derived.by(() => this.run?.phase === "failed" && !this.editing);
  /** Ids of elements by the id of their container; "" is the page itself. */
  readonly children = $derived.by(() => this.group());

  readonly flagging = new Flagging(
    (message) => this.connection.send(message),
    () => this.connection.shown,
  );
  readonly sweeping = new Sweeping((message) => this.connection.send(message));
  readonly explaining = new Explaining((message) => this.connection.send(message));
  readonly cases = new Cases(this);
  readonly along = new ScrollAlong((message) => this.connection.send(message));
  private readonly connection: Connection;
  private readonly outbox = new Outbox(
    (message) => this.connection.send(message),
    () => (this.busy = !this.outbox.idle),
  );
  /** Inputs with a problem that were set again since. */
  private retried = new Set<string>();
  private acknowledged = 0;
  private lastNotice = 0;
  private lostTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly surroundings: Surroundings) {
    const listener = {
      welcomed: (welcome: Welcome, fresh: boolean) => this.welcomed(welcome, fresh),
      received: (message: Exclude<HostMessage, Welcome>) => this.receive(message),
      opened: () => this.opened(),
      lost: () => this.disconnected(),
    };
    this.connection = new Connection(listener, surroundings);
  }

  /** This page watches the presenter's. */
  get watches(): boolean {
    return this.surroundings.watches;
  }

  /** Link of the case that this page was opened for, or null. */
  get visited(): string | null {
    return this.surroundings.visited;
  }

  /** True if this window has opened the case with this link before; from now on it has. */
  cameBefore(link: string): boolean {
    return this.surroundings.cameBefore(link);
  }

  start(): void {
    this.disconnected();
    this.connection.start();
  }

  /** Set an input's value: shown at once, told to the host by `timing`. */
  set(id: string, value: Json, timing: Timing = "now"): void {
    if (this.inert) return;
    if (same(this.values.get(id) ?? null, value)) {
      if (timing === "now") this.outbox.flush();
      return;
    }
    if (this.problems.has(id)) this.retried.add(id);
    this.flagging.leave();
    this.values.set(id, value);
    this.outbox.put(id, value, timing);
  }

  /** Send what was typed and waits for a pause. */
  commit(): void {
    this.outbox.flush();
  }

  press(id: string): void {
    if (this.inert) return;
    this.flagging.leave();
    if (this.elements.get(id)?.props.type === "inputs") this.submitted.set(id, this.valuesWithin(id));
    this.outbox.press(id);
  }

  cancel(): void {
    this.stopping = !this.inert && this.connection.send({ type: "cancel" });
  }

  rerun(): void {
    if (!this.inert) this.connection.send({ type: "rerun" });
  }

  /** Let a watcher act on this page, or take or give the turn back. */
  handTurn(watcher: number | null): void {
    this.connection.send({ type: "hand_turn", watcher });
  }

  startBulk(upload: string, truth: string | null): void {
    this.connection.send({ type: "bulk_start", upload, truth });
  }

  stopBulk(): void {
    this.connection.send({ type: "bulk_stop" });
  }

  ask(id: string, query: Json): Promise<Json> {
    if (this.ended !== null) return Promise.reject(new Error(this.ended));
    if (this.inert) return Promise.reject(new Error("You are watching: only what came with the page can be shown."));
    return this.connection.ask(id, query);
  }

  async upload(id: string, file: Blob, name: string, progressed: (fraction: number) => void, signal?: AbortSignal): Promise<Uploaded> {
    const headers = { "X-Modelapp-Input": id, "X-Modelapp-Name": encodeURIComponent(name) };
    const told = (bytes: number): void => progressed(file.size > 0 ? Math.min(1, bytes / file.size) : 0);
    return (await this.send("upload", headers, file, told, signal)) as Uploaded;
  }

  /** Send a file to the host, for this session. Rejects with a sentence for the reader, or with an `AbortError`. */
  async send(path: string, headers: Record<string, string>, body: Blob, progressed: Outgoing["progressed"], signal?: AbortSignal): Promise<unknown> {
    if (this.welcome === null) throw new Error("Not connected just now. Please try again.");
    const limit = this.welcome.limits.upload_bytes;
    if (body.size > limit) {
      const name = body instanceof File ? `“${body.name}”` : "This file";
      throw new Error(`${name} is too big: at most ${Math.floor(limit / 1e6)} MB can be sent.`);
    }
    const session = this.watching?.key ?? this.welcome.session;
    const answer = await this.surroundings.post({ path, headers: { ...headers, "X-Modelapp-Session": session }, body, progressed, signal }).catch((fault: Error) => {
      throw fault.name === "AbortError" ? fault : new Error("The connection was lost before the file had arrived. Please try again.");
    });
    const told = answer.body as { error?: string } | null;
    if (answer.status === 200 && told !== null) return told;
    throw new Error(told?.error ?? `The host did not take the file (${answer.status}).`);
  }

  /** Address of something that the session made or was shown; with a name it is a download. */
  media(digest: string, name?: string): string {
    const query = name === undefined ? "" : `?name=${encodeURIComponent(name)}`;
    return `media/${this.welcome?.grant ?? ""}/${digest}${query}`;
  }

  /** Address of a case that has this link. */
  caseAddress(link: string): string {
    return this.surroundings.caseAddress(link);
  }

  dismiss(key: number): void {
    this.notices = this.notices.filter((item) => item.key !== key);
  }

  /** Values of all inputs in a container, at any depth. */
  valuesWithin(id: string): Record<string, Json> {
    const found: Record<string, Json> = {};
    for (const child of this.children.get(id) ?? []) {
      if (this.children.has(child)) Object.assign(found, this.valuesWithin(child));
      else found[child] = this.values.get(child) ?? null;
    }
    return found;
  }

  receive(message: Exclude<HostMessage, Welcome>): void {
    if (message.type === "frame") this.applyFrame(message);
    else if (message.type === "append") this.append(message);
    else if (message.type === "run") this.changeRun(message);
    else if (message.type === "notice") this.notify(message);
    else if (message.type === "problem") this.complain(message);
    else if (message.type === "flagged") this.flagging.answered(message);
    else if (message.type === "bulk") this.bulk = message;
    else if (message.type === "sweep") this.sweeping.state = message;
    else if (message.type === "explain") this.explaining.state = message;
    else if (message.type === "watchers") this.watchers = message;
    else if (message.type === "scroll") this.along.place = message;
    else if (message.type === "visitors") this.visitors = message;
    else if (message.type === "watching") this.watch(message);
    else if (message.type === "editing") this.edit(message.now);
    else if (message.type === "ended") this.ended = message.text;
    else if (message.type === "restarting") this.restarting = true;
    else if (message.type === "compared") this.compare(message);
    else if (message.type === "other") this.compareScripts(message);
    else if (message.type === "history") this.cases.state = message;
    else if (message.type === "case_news") this.cases.news++;
  }

  private compare(compared: Compared): void {
    this.compared = compared.edited.length > 0 ? compared : null;
    if (compared.elements.length === 0 && !compared.pending && this.shows === "original") this.shows = "now";
  }

  private compareScripts(other: OtherAnswer): void {
    this.other = other.shown ? other : null; // while it is pending the last elements stay in its card, and not above it
    if (other.elements.length === 0 && !other.pending && this.shows === "other") this.shows = "now";
  }

  private applyFrame(frame: Frame): void {
    this.acknowledged = Math.max(this.acknowledged, frame.acknowledged);
    this.outbox.acknowledge(frame.acknowledged);
    this.forgive();
    if (!frame.reset && frame.elements.some((element) => element.id.startsWith("output."))) this.flagging.moved();
    const gone = new Set(frame.order !== null || frame.reset ? this.elements.keys() : []);
    for (const element of frame.elements) {
      this.elements.set(element.id, element);
      this.drawn.add(element.id);
      if (frame.reset) gone.delete(element.id);
    }
    if (frame.order !== null) {
      for (const id of frame.order) if (!frame.reset) gone.delete(id);
      this.order = frame.order;
    }
    for (const id of gone) this.elements.delete(id);
    if (frame.reset) for (const id of this.values.keys()) if (!(id in frame.values)) this.accept(id, null);
    for (const [id, value] of Object.entries(frame.values)) this.accept(id, value);
    this.settle();
    this.cases.appeared();
  }

  /** Take a host's value, unless the reader has set a newer one that the host has not taken in. */
  private accept(id: string, value: Json): void {
    if (!this.outbox.knowsBetter(id) && !same(this.values.get(id) ?? null, value)) this.values.set(id, value);
  }

  private append(message: Append): void {
    const element = this.elements.get(message.element);
    if (element === undefined || !("text" in element.props)) return;
    this.flagging.moved();
    this.elements.set(element.id, { ...element, props: { ...element.props, text: element.props.text + message.text } });
    this.drawn.add(element.id);
  }

  private changeRun(run: RunState): void {
    if (run.phase === "running" || run.phase === "queued") this.drawn.clear();
    this.run = run;
    if (run.phase !== "running") this.stopping = false;
    if (run.phase !== "running" && run.phase !== "queued" && this.acknowledged >= this.outbox.sequence) this.cases.leave();
    this.settle();
  }

  private settle(): void {
    const active = this.run?.phase === "running" || this.run?.phase === "queued";
    if (!active && this.acknowledged >= this.outbox.sequence) this.outbox.settled();
  }

  private notify(notice: Notice): void {
    // Of the faults of a file only the last that was found is news.
    const others = this.notices.filter((item) => notice.failure === null || item.notice.failure === null);
    this.notices = [...others.slice(-2), { key: ++this.lastNotice, notice }];
  }

  private edit(now: boolean): void {
    this.editing = now && this.welcome?.role !== "presenter";
    if (!now) this.notices = this.notices.filter((item) => item.notice.failure === null);
  }

  private complain(problem: Problem): void {
    if (problem.sequence !== null) this.outbox.refuse(problem.sequence);
    if (problem.input === null) return this.notify({ type: "notice", text: problem.text, level: "error", failure: null });
    this.problems.set(problem.input, problem);
    this.retried.delete(problem.input);
  }

  private watch(watching: Watching): void {
    if (this.watching?.turn === "yours" && watching.turn !== "yours") {
      // What was still on its way is not taken any more; the frame that follows says how everything is.
      this.outbox.drop();
      this.problems.clear();
    }
    this.watching = watching;
  }

  /** Drop the problems of inputs of which a newer value was taken in. */
  private forgive(): void {
    for (const input of this.retried) {
      if (this.outbox.knowsBetter(input)) continue;
      this.retried.delete(input);
      this.problems.delete(input);
    }
  }

  private welcomed(welcome: Welcome, fresh: boolean): void {
    if (this.welcome !== null && this.welcome.epoch !== welcome.epoch) this.bulk = leftOf(this.bulk);
    // While the presenter has no page open what she showed last stays, and so does the right to see it.
    this.welcome = { ...welcome, grant: welcome.grant || (this.welcome?.grant ?? "") };
    this.watchers = null;
    this.visitors = null;
    this.ended = null;
    this.restarting = false;
    this.editing = false;
    this.compared = null;
    this.other = null;
    this.sweeping.state = null;
    this.explaining.state = null;
    this.cases.state = null;
    this.acknowledged = fresh ? 0 : this.acknowledged;
    if (fresh) this.outbox.startAfresh();
  }

  private opened(): void {
    clearTimeout(this.lostTimer);
    this.lostTimer = undefined;
    this.lost = false;
    this.flagging.opened();
    this.outbox.flush();
    this.along.opened();
  }

  private disconnected(): void {
    this.outbox.lost();
    if (this.watching !== null) this.watch({ ...this.watching, turn: "none", key: null });
    this.lostTimer ??= setTimeout(() => (this.lost = true), LOST_MILLISECONDS);
  }

  private group(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const id of this.order) {
      const element = this.elements.get(id);
      if (element === undefined) continue;
      const siblings = groups.get(element.parent);
      if (siblings) siblings.push(id);
      else groups.set(element.parent, [id]);
    }
    return groups;
  }
}

export const [getPage, setPage] = createContext<Page>();
