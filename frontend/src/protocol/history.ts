// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { Json } from "./words";

/** An input of a case, for a reader. */
export interface CaseInput {
  name: string;
  label: string;
  /** A file's name, a text, a figure. */
  text: string;
  edits: Json[];
}

/** A case in the list. */
export interface CaseRow {
  id: string;
  /** Of when it was tried last, in seconds since 1970. */
  time: number;
  /** Name of the visitor who was invited, or None. */
  who: string | null;
  mine: boolean;
  answer: string | null;
  /** Those that are not as they begin. */
  inputs: CaseInput[];
  /** A small picture as the address of an image, or None. */
  picture: string | null;
  /** True if the script is as it was. */
  current: boolean;
  /** By which others may see it, or None. */
  link: string | null;
}

/** An output of a case. */
export interface CaseOutput {
  name: string;
  text: string;
  /** Digest, or None. */
  picture: string | null;
}

/** One of two cases that are compared. */
export interface CaseAside {
  row: CaseRow;
  outputs: CaseOutput[];
}

/** Some cases, the newest first. */
export interface CaseList {
  rows: CaseRow[];
  /** Asks for those that follow; None if there are none. */
  more: number | null;
}

/** Somebody wrote about the case that this page has opened by its link, or its owner has deleted it. */
export interface CaseNews {
  type: "case_news";
  link: string;
}

/** What somebody wrote about a case. */
export interface CaseRemark {
  time: number;
  /** Name of the visitor who was invited, "The author", or None. */
  who: string | null;
  mine: boolean;
  text: string;
}

/** What do two cases differ in? Answered by `ComparedCases`. */
export interface CompareCases {
  do: "compare";
  cases: [string, string];
}

/** Two cases side by side. */
export interface ComparedCases {
  cases: CaseAside[];
  /** Labels of the inputs in which they differ. */
  changed: string[];
  /** How the second's answers differ from the first's, a line each; empty where that is not known any more. */
  changes: string[];
}

/** Delete a case of this session for good. Answered by `Deleted`. */
export interface DeleteCase {
  do: "delete";
  case: string;
}

/** Delete all cases of this session for good. Answered by `Deleted`. */
export interface DeleteCases {
  do: "delete_all";
}

/** What was deleted. */
export interface Deleted {
  cases: number;
  /** Labels of inputs that are empty now, because their files are gone. */
  emptied: string[];
  /** How many flags of hers hold some of it; they stay. */
  flags: number;
}

/** How many cases are kept; told at each change, whereupon an open list is asked for again. */
export interface HistoryState {
  type: "history";
  /** Of this session. */
  mine: number;
  /** Of all; None for a visitor, who is not told. */
  everybody: number | null;
  /** Another at each change. */
  change: number;
  /** True while files of cases that were deleted are still in use, and therefore there. */
  going: boolean;
}

/** Which cases are there, the newest first? Answered by `CaseList`. */
export interface ListCases {
  do: "list";
  /** All visitors' cases: for the presenter. */
  everybody: boolean;
  /** `CaseList.more` of the part before; None for the first part. */
  before: number | null;
}

/** What is to be set to see a case again? Answered by `OpenedCase`. */
export interface OpenCase {
  do: "open";
  case: string;
}

/** A case to be seen again. */
export interface OpenedCase {
  /** Raw values of inputs. */
  values: Record<string, Json>;
}

/** Write about the case at a link. Answered by `VisitedCase`. */
export interface Remark {
  do: "remark";
  link: string;
  text: string;
}

/** Let everybody who has its link see a case of this session. Answered by `SharedCase`. */
export interface ShareCase {
  do: "share";
  case: string;
}

/** The link of a case. */
export interface SharedCase {
  link: string;
  /** The whole address, where the host knows it better than the page; else `c/` and the link, beside the page. */
  address: string | null;
}

/** What is at the link of a case? Answered by `VisitedCase`; its news are told from then on. */
export interface VisitCase {
  do: "visit";
  link: string;
}

/** A case that was opened by its link. */
export interface VisitedCase {
  row: CaseRow;
  values: Record<string, Json>;
  /** The answer to the same inputs in this session, once it is there. */
  now: string | null;
  remarks: CaseRemark[];
  /** True if no more may be written. */
  full: boolean;
}
