// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { InputProps, OwnInputProps } from "./elements";

/** Where a sound may come from, and what may be done to it. */
export interface AudioInputProps extends InputProps {
  type: "audio_input";
  sources: string[];
  tools: string[];
  /** Longest recording. */
  most_seconds: number;
}

/** A button. Its text is the label. */
export interface ButtonProps extends InputProps {
  type: "button";
  style: "primary" | "quiet";
}

/** A box to tick. */
export interface CheckboxInputProps extends InputProps {
  type: "checkbox_input";
}

/** A choice: one of the options, or several. */
export interface ChoiceInputProps extends InputProps {
  type: "choice_input";
  options: string[];
  multiple: boolean;
  /** True: too many to show at once. */
  searchable: boolean;
}

/** A day. Bounds are ISO dates; None is no bound. */
export interface DateInputProps extends InputProps {
  type: "date_input";
  min: string | null;
  max: string | null;
}

/** A place for files. */
export interface FileInputProps extends InputProps {
  type: "file_input";
  /** Suffixes (".csv") and media types ("image/*"); empty takes all. */
  types: string[];
  multiple: boolean;
}

/** Size of the drawing board in pixels. */
export interface Sketch {
  width: number;
  height: number;
}

/** Where a picture may come from, and what may be done to it. */
export interface ImageInputProps extends InputProps {
  type: "image_input";
  sources: string[];
  tools: string[];
  sketch: Sketch;
  /** True if the script gets it without colour. */
  grey: boolean;
}

/** A field for a number. None is no bound, and no step that the page should use. */
export interface NumberInputProps extends InputProps {
  type: "number_input";
  min: number | null;
  max: number | null;
  step: number | null;
  /** True: whole numbers only. */
  integer: boolean;
}

/** A column: its name, and what its cells hold. */
export interface DataColumn {
  name: string;
  kind: "boolean" | "choice" | "date" | "datetime" | "number" | "text";
  /** True: whole numbers only. */
  integer: boolean;
  /** Lowest number of the data, or None; with `bounded` no lower one is taken. */
  min: number | null;
  max: number | null;
  /** A step that suits the range, or None. */
  step: number | null;
  bounded: boolean;
  /** With "choice": the texts that can be chosen. */
  options: string[];
  /** True if a cell may be empty. */
  missing: boolean;
}

/** A control for each column; the value is an object of column name to cell. */
export interface RowInputProps extends InputProps {
  type: "row_input";
  columns: DataColumn[];
}

/** A slider with one handle, or with two for a range. */
export interface SliderInputProps extends InputProps {
  type: "slider_input";
  min: number;
  max: number;
  /** Distance of the stops, counted from `min`; `max` is a stop even where the last step is shorter. */
  step: number;
  pair: boolean;
  integer: boolean;
  /** Figures after the point to show. */
  decimals: number;
}

/** A table. Its cells are in the blob that the value names, as `StoredTable` has them. */
export interface TableInputProps extends InputProps {
  type: "table_input";
  /** The columns that are wanted; empty takes any. */
  columns: DataColumn[];
  /** True: rows can be added and removed. */
  dynamic: boolean;
  most_cells: number;
}

/** A text field. With more than one line it is a box. */
export interface TextInputProps extends InputProps {
  type: "text_input";
  lines: number;
  max_chars: number | null;
  placeholder: string;
}

/** Where a video may come from, and what may be done to it. */
export interface VideoInputProps extends InputProps {
  type: "video_input";
  sources: string[];
  tools: string[];
  /** Longest recording. */
  most_seconds: number;
}

export type AnyInputProps = AudioInputProps | ButtonProps | CheckboxInputProps | ChoiceInputProps | DateInputProps | FileInputProps | ImageInputProps | NumberInputProps | OwnInputProps | RowInputProps | SliderInputProps | TableInputProps | TextInputProps | VideoInputProps;
