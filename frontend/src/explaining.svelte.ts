/** What of the page's values the answer rests on: how far it is known, and how it is shown. */
import type { Explanation, ExplainState, Json, PageMessage } from "./protocol";
import { same } from "./same";

/** Below this score a map is no better than chance. As on the host. */
const DOUBTFUL = 0.1;

export type Method = ExplainState["method"];

export function isDoubtful(map: Explanation): boolean {
  const score = map.faithfulness?.score ?? null;
  return score !== null && score < DOUBTFUL;
}

export class Explaining {
  state = $state.raw<ExplainState | null>(null);
  /** The maps are on the page. */
  open = $state(false);
  /** Heat is drawn over pictures and sounds. */
  visible = $state(true);
  opacity = $state(0.75);
  /** She wants to see what is no better than chance, too. */
  trusting = $state(false);

  constructor(private readonly send: (message: PageMessage) => boolean) {}

  /** By the way that was chosen last, if no other one is. */
  start(method: Method = this.state?.method ?? "occlusion"): void {
    if (!this.send({ type: "explain_start", method })) return;
    this.trusting = false;
    this.visible = true;
    const methods = this.state?.methods ?? ["occlusion"];
    this.state = { type: "explain", phase: "running", seconds: 0, values: {}, maps: [], method, methods, problem: null };
  }

  stop(): void {
    this.send({ type: "explain_stop" });
  }

  /** Whether the maps are about these values. */
  isAbout(values: ReadonlyMap<string, Json>): boolean {
    if (this.state === null || this.state.phase === "failed") return false;
    return Object.entries(this.state.values).every(([name, value]) => same(values.get(name) ?? null, value));
  }

  /** The map of an input, while it is shown, and the value that it is of. */
  heatOf(input: string): { map: Explanation; of: Json } | null {
    if (!this.open || this.state === null) return null;
    const map = this.state.maps.find((one) => one.inputs.includes(input));
    if (map === undefined || (isDoubtful(map) && !this.trusting)) return null;
    return { map, of: this.state.values[input] ?? null };
  }
}
