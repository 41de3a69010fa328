// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { ExplainMethod, Json } from "./words";

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

/** Find what of the values that are on the page the answer rests on. */
export interface ExplainStart {
  type: "explain_start";
  method?: ExplainMethod;
}

/** Stop doing so. What is done stays. */
export interface ExplainStop {
  type: "explain_stop";
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

export type PageMessage = Hello | Set | Cancel | Rerun | Ask | Flag | BulkStart | BulkStop | SweepStart | SweepStop | ExplainStart | ExplainStop | HandTurn | FollowScroll | Scrolled;
