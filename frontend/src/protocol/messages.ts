// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { BulkPhase, Json, Phase, Role, SweepPhase, Turn } from "./words";
import type { Element } from "./elements";

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

/** A message of the page was refused, and nothing was changed. */
export interface Problem {
  type: "problem";
  text: string;
  /** The input at fault, or None. */
  input: string | null;
  /** `sequence` of the refused `set`, or None. */
  sequence: number | null;
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
  phase: SweepPhase;
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

/** A question to one output, such as the next rows of a table. */
export interface Ask {
  type: "ask";
  id: number;
  element: string;
  query: Json;
}

/** Run the script on all cases of an upload. */
export interface BulkStart {
  type: "bulk_start";
  upload: string;
  /** The column that says what is true of each case, or None. */
  truth?: string | null;
}

/** Stop doing so. What is done stays. */
export interface BulkStop {
  type: "bulk_stop";
}

/** Stop the run that is going on. Values stay as they are. */
export interface Cancel {
  type: "cancel";
}

/** The visible answer is worth a look; or more words on a flag that was sent before, all of them each time. */
export interface Flag {
  type: "flag";
  /** Made by the page: a flag that is sent again has the same, and is one. */
  id: string;
  /** The last frame that the page had been told when it was flagged. */
  seen: number;
  /** Of the host that had told it. */
  epoch: string;
  /** Counts up with each change of the words. */
  revision?: number;
  note?: string;
  /** What the right answer would have been; "" for nothing said. */
  right?: string;
  /** One of `AppProps.flags`, or None. */
  choice?: string | null;
}

/** A watcher wants to be told, or no longer, where the presenter's page is scrolled to. */
export interface FollowScroll {
  type: "follow_scroll";
  now: boolean;
}

/** Let a watcher act in the presenter's session, or nobody. A watcher who has the turn may only give it back. */
export interface HandTurn {
  type: "hand_turn";
  /** Her number; None takes or gives the turn back. */
  watcher: number | null;
}

/** First message of a socket: which session the page had, and the last frame it saw. */
export interface Hello {
  type: "hello";
  /** None asks for a new session. */
  session?: string | null;
  epoch?: string | null;
  seen?: number;
}

/** Run the script again with the same values. */
export interface Rerun {
  type: "rerun";
}

/** Where the presenter's page is scrolled to; see `Scroll`. Sent while `Watchers.scroll` is true. */
export interface Scrolled {
  type: "scrolled";
  element: string | null;
  fraction?: number;
  above?: number;
}

/** New values of inputs, by name, and at most one button or submit group that was pressed. */
export interface Set {
  type: "set";
  values: Record<string, Json>;
  /** Counts up by one per `set` of this page; the host answers it in `Frame.acknowledged`. */
  sequence: number;
  pressed?: string | null;
}

/** Run the script on variations of the values that are on the page. */
export interface SweepStart {
  type: "sweep_start";
}

/** Stop doing so. What is done stays. */
export interface SweepStop {
  type: "sweep_stop";
}

/** Body of the answer to `POST bulk`. */
export interface BulkUploaded {
  /** What to name in `bulk_start`, and with further files of the same folder. */
  upload: string;
}

/** Body of the answer to `POST upload`: what to put into `set` as the value of the input, or a part of it. */
export interface Uploaded {
  /** Digest. */
  blob: string;
  name: string;
  size_bytes: number;
  width: number | null;
  height: number | null;
  /** Digest of a picture that a browser can show, where it is not the blob itself; None: the blob itself. */
  preview: string | null;
  /** Digests of all pictures of a clip, in order, of which `blob` is one; empty for a single picture. */
  frames: string[];
}

/** Body of the answer to the upload of a sound. `preview` is a sound that a browser can play. */
export interface UploadedSound {
  blob: string;
  name: string;
  size_bytes: number;
  width: number | null;
  height: number | null;
  preview: string | null;
  frames: string[];
  seconds: number;
  /** Samples a second of each channel. */
  rate: number;
  channels: number;
}

/** Body of the answer to the upload of a table. The blob is a `StoredTable`. */
export interface UploadedTable {
  blob: string;
  name: string;
  size_bytes: number;
  width: number | null;
  height: number | null;
  preview: string | null;
  frames: string[];
  rows: number;
}

/** Body of the answer to the upload of a video. `preview` is a small video that a browser can play. */
export interface UploadedVideo {
  blob: string;
  name: string;
  size_bytes: number;
  width: number | null;
  height: number | null;
  preview: string | null;
  frames: string[];
  seconds: number;
  frame_count: number;
  /** Frames a second; the mean where their distances vary. */
  rate: number;
  /** Digest of the first frame, at most 640 pixels wide or high. */
  poster: string;
  /** Digest of ten pictures, one below the other, spread over the video from its beginning to its end. */
  strip: string;
}

export type PageMessage = Hello | Set | Cancel | Rerun | Ask | Flag | BulkStart | BulkStop | SweepStart | SweepStop | HandTurn | FollowScroll | Scrolled;

export type HostMessage = Welcome | Frame | Append | RunState | Notice | Problem | Answer | Flagged | BulkState | SweepState | Watchers | Watching | Editing | Compared | Ended | Visitors | Scroll;
