// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { Json, Phase } from "./words";
import type { Element } from "./elements";
import type { Explanation } from "./explain";
import type { SweepRow } from "./host";

/** One run: what went in, and the page that came of it. */
export interface RecordedCase {
  /** Raw values of the inputs that the run met, by name. */
  values: Record<string, Json>;
  /** The page in its order, as places in `RecordedPage.elements`. */
  elements: number[];
  /** "done", "waiting" or "failed". */
  phase: Phase;
  seconds: number;
  waiting_for: string[];
  /** What the script said where it failed, or None. */
  said: string | null;
  /** What became of the answer where the inputs were slightly others, worst first; None: it was not tried. */
  rows: SweepRow[] | null;
  /** What the answer rests on; empty: it was not asked. */
  maps: Explanation[];
}

/** A picture, sound or file. */
export interface RecordedMedia {
  /** Media type. */
  type: string;
  base64: string;
}

/** A value of an input that the script was asked about. */
export interface RecordedValue {
  /** The raw value. */
  value: Json;
  /** What it is, for a reader: an example's title, an option. */
  text: string;
  /** Digest of the picture as it is after its edits, or None. */
  picture: string | null;
  /** Digest of what a browser can play of a sound or a video, or None. */
  media: string | null;
  /** True if edits were done to it. */
  edited: boolean;
}

/** A whole exported page. */
export interface RecordedPage {
  title: string;
  /** When the answers were given, as an ISO date and time in UTC. */
  made: string;
  /** Version of modelapp that asked. */
  modelapp: string;
  /** Of the script and the weights that it used. */
  version: string;
  /** The first is the one that the page begins with. */
  cases: RecordedCase[];
  /** All elements of all cases, each once. */
  elements: Element[];
  /** The values of each input that the script was asked about, by name. */
  inputs: Record<string, RecordedValue[]>;
  /** By digest. */
  media: Record<string, RecordedMedia>;
  /** Sentences: what was not asked for want of runs. */
  left_out: string[];
}
