// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { BulkPhase, ExplainMethod, Json, Phase, Role, Turn, WorkPhase } from "./words";
import type { Element } from "./elements";
import type { Explanation } from "./explain";
import type { CaseNews, HistoryState } from "./history";

/** Reply to `ask`. Exactly one of `reply` and `error` is set. */
export interface Answer {
  type: "answer";
  id: number;
  reply: Json;
  error: string | null;
}

/** Text to add at the end of a streamed output's `text` property. */
export interface Append {
  type: "append";
  sequence: number;
  element: string;
  text: string;
}

/** How far the running of many cases is. The rows themselves are asked for, of the element "bulk". */
export interface BulkState {
  type: "bulk";
  phase: BulkPhase;
  upload: string;
  /** Name of the table, the zip or the folder. */
  name: string;
  /** Columns that the cases have. */
  columns: string[];
  total: number;
  done: number;
  failed: number;
  /** Since the first case began. */
  seconds: number;
  /** The column that says what is true of each case; before the start the one that looks like it. */
  truth: string | null;
  /** What was assumed: one sentence each. */
  said: string[];
  /** Why it cannot go on, or None. */
  problem: string | null;
  /** With a truth: how right the script is, as a `Report`; None before the end. */
  report: Json;
  /** Digest of the results as CSV; None before the end. */
  results: string | null;
}

/** How an output differs from what it was without the edits. */
export interface Change {
  /** Its element. */
  output: string;
  /** For reading, as "pacemaker 0.97 → 0.08"; None where it does not fit into a line. */
  text: string | null;
}

/** The answers to the inputs as they were before they were edited, beside those on the page. */
export interface Compared {
  type: "compared";
  /** Names of the inputs that are edited; none: there is nothing to compare. */
  edited: string[];
  /** Outputs as they were without the edits, where they differ from those on the page. */
  elements: Element[];
  /** How each of these differs. */
  changes: Change[];
  /** True while the answers are being computed. */
  pending: boolean;
}

/** The author saved a script that does not work: the page shows what the version before made, until it does. */
export interface Editing {
  type: "editing";
  now: boolean;
}

/** The last message of a page that may not be here any more. It need not try again. */
export interface Ended {
  type: "ended";
  /** One sentence for the reader. */
  text: string;
}

/** How far it is to say what an answer rests on, and what was found. */
export interface ExplainState {
  type: "explain";
  phase: WorkPhase;
  /** Since it began. */
  seconds: number;
  /** Raw values of the inputs that it is about. */
  values: Record<string, Json>;
  /** Those that are begun; one without a test is not done. */
  maps: Explanation[];
  method: ExplainMethod;
  /** Those that are possible. */
  methods: ("gradients" | "occlusion")[];
  /** Why it cannot be done, or None. */
  problem: string | null;
}

/** One line of the user's code in a traceback. */
export interface FailureLine {
  file: string;
  line: number;
  function: string;
  code: string;
}

/** Why a run failed. A visitor is sent `sentence` only. */
export interface Failure {
  sentence: string;
  /** Exception class and message. */
  title: string | null;
  /** The user's lines, outermost first; the last is the one that failed. */
  lines: FailureLine[];
  /** What the inputs were, as short text. */
  inputs: Record<string, string>;
  /** The corrected call or next step, where the host knows one. */
  hint: string | null;
}

/** Reply to `flag`: it is on the disk, or why it is not. */
export interface Flagged {
  type: "flagged";
  id: string;
  revision: number;
  problem: string | null;
}

/** What changed on the page. A page that was told all frames in order holds the whole truth. */
export interface Frame {
  type: "frame";
  sequence: number;
  /** Elements that are new or changed, whole. */
  elements: Element[];
  /** Ids of all elements in page order: what is not named is gone. None: unchanged. */
  order: string[] | null;
  /** Values of inputs that the host set or changed. A name left out is unchanged. */
  values: Record<string, Json>;
  /** The highest `Set.sequence` of this page that the host has taken in; 0 for none yet. */
  acknowledged: number;
  /** True: forget everything first; this frame is the whole page. */
  reset: boolean;
}

/** What the page may send; the host checks the same. */
export interface Limits {
  upload_bytes: number;
  pixels: number;
}

/** One quiet sentence for the presenter: code reloaded, a syntax error in the file, what `predict` decided. */
export interface Notice {
  type: "notice";
  text: string;
  level: "error" | "info";
  failure: Failure | null;
}

/** What another script, or another revision of this one, answers to the same inputs, beside the page's answers. */
export interface OtherAnswer {
  type: "other";
  /** Of the script or the revision. */
  name: string;
  /** The other's outputs, where they differ from those on the page. */
  elements: Element[];
  /** How those on the page differ from each of these. */
  changes: Change[];
  /** True while they are being computed. */
  pending: boolean;
  /** Why there is no answer, or None. */
  problem: string | null;
  /** False where the page has no answer itself. */
  shown: boolean;
}

/** A message of the page was refused, and nothing was changed. */
export interface Problem {
  type: "problem";
  text: string;
  /** The input at fault, or None. */
  input: string | null;
  /** `sequence` of the refused `set`, or None. */
  sequence: number | null;
}

/** The host stops once runs have ended, and is expected back. What was set is kept. It holds until it is back. */
export interface Restarting {
  type: "restarting";
}

/** What the session's run is doing now. */
export interface RunState {
  type: "run";
  phase: Phase;
  /** With `queued`: how many runs are ahead of this one, plus one. */
  place: number;
  /** With `done`, `failed`, `waiting`, `cancelled`: how long the script ran. */
  seconds: number;
  /** With `waiting`: ids of the required inputs that are empty, or of the group whose button was not pressed. */
  waiting_for: string[];
  /** With `failed`. */
  failure: Failure | null;
  /** Where the page shows the script: the line that it is at with `running`, or failed at with `failed`. */
  line: number | null;
}

/** For a watcher who asked for it: what the presenter has at the top of her window. Pages differ in their width. */
export interface Scroll {
  type: "scroll";
  /** The element there, or the first one below; None at the top of the page. */
  element: string | null;
  /** How much of the element's height is above the window. */
  fraction: number;
  /** How many pixels there are between the top of the window and an element below it. */
  above: number;
}

/** What became of the answer where one input was slightly another. */
export interface SweepRow {
  /** By which it is opened; from 1, in the order of the runs. */
  number: number;
  input: string;
  /** The input's. */
  label: string;
  /** What was done to its value. */
  variation: string;
  /** For reading, as "pacemaker 0.97 → 0.08", "no change". */
  change: string;
  /** From the answer before: 0 is equal, 1 as far as can be. */
  distance: number;
  /** What the answer decides for now, if that is something else. */
  now: string | null;
  /** Why there is no answer, or None. */
  fault: string | null;
  /** Digest of a small picture of the value, or None. */
  picture: string | null;
}

/** How far a robustness sweep is, and what it found. */
export interface SweepState {
  type: "sweep";
  phase: WorkPhase;
  total: number;
  /** Since it began. */
  seconds: number;
  /** What the answer decided for, where it decides. */
  before: string | null;
  /** Raw values of the inputs that it is about. */
  values: Record<string, Json>;
  /** What is done, worst first. */
  rows: SweepRow[];
  /** Why it cannot be done, or None. */
  problem: string | null;
}

/** For the presenter: who is here now, besides those who watch. */
export interface Visitors {
  type: "visitors";
  /** Of those who were invited, in the order in which they came. */
  names: string[];
  /** How many came without an invite. */
  others: number;
}

/** For the presenter: who watches, and who of them has the turn. */
export interface Watchers {
  type: "watchers";
  /** Each watcher's number. It is never given to another. */
  numbers: number[];
  turn: number | null;
  /** True if somebody wants to be told where the page is scrolled to. */
  scroll: boolean;
  /** How many more watch at other hosts of the app, who cannot have the turn. */
  elsewhere: number;
}

/** For a watcher: what she sees, and whose turn it is. */
export interface Watching {
  type: "watching";
  /** By which the presenter knows her. */
  number: number;
  /** False while the presenter has no page open. */
  live: boolean;
  turn: Turn;
  /** With a turn of hers: sent as the header X-Modelapp-Session of an upload. It ends with the turn. */
  key: string | null;
}

/** Answer to `hello`: the session that this page now is. */
export interface Welcome {
  type: "welcome";
  /** Secret of the session, sent back in `hello` and as header X-Modelapp-Session of an upload; "" for a watcher. */
  session: string;
  /** Read-only right to this session's media: they are at `media/<grant>/<digest>`. */
  grant: string;
  /** Changes when the host was restarted: frame numbers of another epoch mean nothing. */
  epoch: string;
  role: Role;
  limits: Limits;
  /** True when the session that the page named goes on; False when a new one was made. */
  resumed: boolean;
}

export type HostMessage = Welcome | Frame | Append | RunState | Notice | Problem | Answer | Flagged | BulkState | SweepState | ExplainState | Watchers | Watching | Editing | Compared | OtherAnswer | Restarting | Ended | Visitors | Scroll | HistoryState | CaseNews;
