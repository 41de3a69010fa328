/**
 * The page's state without a host: what a reader sets is looked up among the cases that were recorded.
 *
 * Nothing is computed, and nothing between two cases is made up: values that no case has lead to no answer.
 */
import { Page } from "../page.svelte";
import type { Json, RecordedCase, RecordedPage, RecordedValue } from "../protocol";
import { same } from "../same";
import { closed } from "./surroundings";

export class RecordPage extends Page {
  /** The case that is shown, or null where the model was not asked. */
  shown = $state.raw<RecordedCase | null>(null);
  private last: RecordedCase;
  private readonly addresses = new Map<string, string>();

  constructor(readonly record: RecordedPage) {
    super(closed);
    this.last = record.cases[0]!;
    // The reader did not ask for heat: she sees the picture first.
    this.explaining.visible = false;
    this.show(this.last);
  }

  override set(id: string, value: Json): void {
    this.values.set(id, value);
    const found = this.find();
    if (found !== null) this.show(found);
    else this.shown = null;
  }

  /** Nothing waits to be sent. */
  override commit(): void {}

  override press(): void {}

  override ask(): Promise<Json> {
    return Promise.reject(new Error("Only what is shown was recorded."));
  }

  /** Address of something that the record holds. */
  override media(digest: string): string {
    const known = this.addresses.get(digest);
    if (known !== undefined) return known;
    const kept = this.record.media[digest];
    if (kept === undefined) return "data:,";
    const bytes = Uint8Array.from(atob(kept.base64), (letter) => letter.charCodeAt(0));
    const made = URL.createObjectURL(new Blob([bytes], { type: kept.type }));
    this.addresses.set(digest, made);
    return made;
  }

  /** The values of an input that the model was asked about. */
  recorded(id: string): RecordedValue[] {
    return this.record.inputs[id] ?? [];
  }

  /** What is recorded of the present value of an input, or null. */
  current(id: string): RecordedValue | null {
    const value = this.values.get(id) ?? null;
    return this.recorded(id).find((one) => same(one.value, value)) ?? null;
  }

  /** Show the case again that was shown last. */
  back(): void {
    this.show(this.last);
  }

  /** The case that has the present values; of several the one that says most of them. */
  private find(): RecordedCase | null {
    let found: RecordedCase | null = null;
    for (const one of this.record.cases) {
      const names = Object.keys(one.values);
      if (!names.every((name) => same(this.values.get(name) ?? null, one.values[name] ?? null))) continue;
      if (found === null || names.length > Object.keys(found.values).length) found = one;
    }
    return found;
  }

  private show(found: RecordedCase): void {
    this.last = this.shown = found;
    const elements = found.elements.map((place) => this.record.elements[place]!);
    const order = elements.map((element) => element.id);
    this.receive({ type: "frame", sequence: 0, elements, order, values: found.values, acknowledged: 0, reset: true });
    const failure = found.said === null ? null : { sentence: found.said, title: null, lines: [], inputs: {}, hint: null };
    this.receive({ type: "run", phase: found.phase, place: 0, seconds: found.seconds, waiting_for: found.waiting_for, failure, line: null });
    this.explaining.open = found.maps.length > 0;
    this.explaining.trusting = false;
    this.explaining.state =
      found.maps.length === 0
        ? null
        : { type: "explain", phase: "done", seconds: 0, values: found.values, maps: found.maps, method: "occlusion", methods: ["occlusion"], problem: null };
  }
}
