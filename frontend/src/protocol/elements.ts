// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { Json } from "./words";
import type { AnyInputProps } from "./inputs";
import type { AnyOutputProps } from "./outputs";

/** The page itself: at most one per frame, always first. */
export interface AppProps extends LayoutProps {
  type: "app";
  title: string;
  description: string | null;
  /** True if many cases can be run at once. */
  bulk: boolean;
  /** What a flag may be said to be, in the script's words; None: answers cannot be flagged. */
  flags: string[] | null;
  /** True if it can be tested whether the answer holds. */
  sweep: boolean;
  /** True if it can be asked what the answer rests on. */
  explain: boolean;
  /** True if the cases that were tried are kept. */
  history: boolean;
}

/** The script, shown beside the page: at most one per frame, right after the page itself. */
export interface CodeProps extends LayoutProps {
  type: "code";
  text: string;
  /** Number of its first line. */
  first: number;
  /** The line at which the call ends whose value each variable gets; some of them are inputs. */
  lines: Record<string, number>;
  /** First and last lines of prose that the page shows. */
  folds: [number, number][];
}

/** One column of a `columns` element. */
export interface ColumnProps extends LayoutProps {
  type: "column";
}

/** Elements side by side; its children are `column` elements. On a phone they stack. */
export interface ColumnsProps extends LayoutProps {
  type: "columns";
  weights: number[];
}

/** One thing on the page. `id` is an input's or output's name; `parent` is a container's id or "" for the page. */
export interface Element {
  id: string;
  parent: string;
  /** The element's properties: a record whose `type` is its kind. */
  props: Props;
}

/** One ready case of an input: what to call it, an optional thumbnail, and the value that choosing it sets. */
export interface Example {
  type: "Example";
  label: string;
  value: Json;
  /** Digest of a picture at most 160 pixels high, or None when the label says it all. */
  thumbnail: string | null;
}

/** A group of inputs. With `submit`, values are kept at once but the script runs only on a press of its button. */
export interface GroupProps extends LayoutProps {
  type: "inputs";
  title: string | null;
  submit: string | null;
  /** Each example's value is a dict of input name to value: choosing it fills several inputs at once. */
  examples: Example[];
}

/** What every input tells the page. */
export interface InputProps {
  label: string;
  help: string | null;
  required: boolean;
  disabled: boolean;
  examples: Example[];
  /** Why the shown value is not the one that was set (for example: bounds changed), or None. */
  note: string | null;
}

/** The base of containers and of the page's own elements (title, progress, messages). */
export interface LayoutProps {
}

/** One sentence for the reader: what is going on, or what is wrong. */
export interface MessageProps extends LayoutProps {
  type: "message";
  level: "error" | "status";
  text: string;
}

/** What every output tells the page. */
export interface OutputProps {
  /** The heading above the output, or None for none. */
  label: string | null;
}

/** An input that its author draws with HTML, in a frame that sees nothing but its value. */
export interface OwnInputProps extends InputProps {
  type: "own_input";
  /** Digest of the HTML. */
  source: string;
  /** What else Python tells it. */
  settings: Json;
}

/** An output that its author draws with HTML, in a frame that sees nothing but its value. */
export interface OwnOutputProps extends OutputProps {
  type: "own_output";
  /** Digest of the HTML. */
  source: string;
  value: Json;
  /** What else Python tells it. */
  settings: Json;
}

/** A loop at work. `fraction` is in [0, 1], or None when the total is unknown. */
export interface ProgressProps extends LayoutProps {
  type: "progress";
  text: string;
  fraction: number | null;
  done: number;
  total: number | null;
}

/** A titled block of elements. */
export interface SectionProps extends LayoutProps {
  type: "section";
  title: string;
}

/** One tab of a `tabs` element. */
export interface TabProps extends LayoutProps {
  type: "tab";
  title: string;
}

/** Elements behind tabs; its children are `tab` elements. */
export interface TabsProps extends LayoutProps {
  type: "tabs";
}

export type AnyLayoutProps = AppProps | CodeProps | ColumnProps | ColumnsProps | GroupProps | MessageProps | ProgressProps | SectionProps | TabProps | TabsProps;

export type Props = AnyInputProps | AnyOutputProps | AnyLayoutProps;
