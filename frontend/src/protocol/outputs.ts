// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { Json } from "./words";
import type { OutputProps, OwnOutputProps } from "./elements";

/** A sound to listen to. */
export interface AudioOutputProps extends OutputProps {
  type: "audio_output";
  /** What a browser can play. */
  blob: string;
  /** The sound as the script gave it. */
  download: string;
  /** File name to download it under. */
  name: string;
  seconds: number;
  rate: number;
  channels: number;
  /** The loudest sample of each of up to 400 equal stretches, as parts in a thousand of full scale. */
  peaks: number[];
  note: string | null;
}

/** A file to download. */
export interface FileOutputProps extends OutputProps {
  type: "file_output";
  blob: string;
  name: string;
  size_bytes: number;
}

/** A stretch of the text. */
export interface Piece {
  text: string;
  /** Index into `categories`, or None where nothing is marked. */
  category: number | null;
  /** How sure the model is, or None. */
  score: number | null;
}

/** Text with parts of it marked. */
export interface HighlightOutputProps extends OutputProps {
  type: "highlight_output";
  /** The whole text in order. */
  pieces: Piece[];
  categories: string[];
}

/** A box in fractions of the picture's width and height. */
export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  label: string | null;
  /** Index into the page's palette; boxes and masks of one label share it. */
  colour: number;
}

/** A region of the picture. */
export interface Mask {
  /** A PNG of the picture's size whose alpha is the region. */
  blob: string;
  label: string | null;
  colour: number;
}

/** A picture, with boxes and masks on it. */
export interface ImageOutputProps extends OutputProps {
  type: "image_output";
  blob: string;
  width: number;
  height: number;
  caption: string | null;
  boxes: Box[];
  masks: Mask[];
}

/** JSON text, indented. */
export interface JsonOutputProps extends OutputProps {
  type: "json_output";
  text: string;
  /** True: there was more than is worth sending to a page. */
  truncated: boolean;
}

/** One class and how sure the model is of it, in [0, 1]. */
export interface Bar {
  name: string;
  confidence: number;
}

/** A name, and the confidences of the best few. */
export interface LabelOutputProps extends OutputProps {
  type: "label_output";
  top: string;
  /** Of the winner; None when only a name was given, or none is above the threshold. */
  confidence: number | null;
  /** Highest first; empty when only a name was given. */
  bars: Bar[];
  note: string | null;
}

/** Markdown, which the page turns into sanitised HTML. */
export interface MarkdownProps extends OutputProps {
  type: "markdown";
  text: string;
}

/** One figure, already formatted for reading. */
export interface NumberOutputProps extends OutputProps {
  type: "number_output";
  text: string;
  unit: string;
  delta: string | null;
  /** -1, 0 or 1. */
  delta_sign: number;
}

/** A figure: a picture, or data that a plotting library of the page draws. */
export interface PlotOutputProps extends OutputProps {
  type: "plot_output";
  engine: "image" | "plotly" | "vega";
  /** What it shows, for those who cannot see it. */
  alt: string;
  /** With "image": a PNG of twice the width and height. */
  blob: string | null;
  width: number | null;
  height: number | null;
  /** With "plotly" its figure, with "vega" a Vega-Lite specification. */
  spec: Json;
}

/** A picture, and a smaller one whose opacity is the strength, to be stretched over it. */
export interface HeatedPicture {
  blob: string;
  heat: string;
  width: number;
  height: number;
}

/** A word, and its strength in [-1, 1]. */
export interface HeatedWord {
  text: string;
  strength: number;
}

/** A column of a row, its value as text, and its strength in [-1, 1]. */
export interface HeatedColumn {
  name: string;
  value: string;
  strength: number;
  /** The weight itself, as text. */
  weight: string;
}

/** A sound in equal stretches. */
export interface HeatedSound {
  /** What a browser can play. */
  blob: string;
  seconds: number;
  /** The loudest sample of each stretch, as parts in a thousand of full scale. */
  peaks: number[];
  /** The strength of each stretch, in [-1, 1]. */
  strengths: number[];
}

/** Weights as heat. Strengths are weights divided by the largest absolute one; one of the parts is there. */
export interface SaliencyOutputProps extends OutputProps {
  type: "saliency_output";
  opacity: number;
  /** Lowest weight, or 0 if all are above. */
  lowest: number;
  /** Highest weight, or 0 if all are below. */
  highest: number;
  picture: HeatedPicture | null;
  words: HeatedWord[] | null;
  columns: HeatedColumn[] | null;
  sound: HeatedSound | null;
}

/** One column of a table. */
export interface Column {
  name: string;
  kind: "boolean" | "date" | "number" | "text";
}

/** A table's columns and first rows; the page asks for others. */
export interface TableOutputProps extends OutputProps {
  type: "table_output";
  columns: Column[];
  /** How many there are in all. */
  rows: number;
  /** The first 50 rows. */
  first: Json[][];
  caption: string | null;
}

/** Plain text; line breaks are kept. */
export interface TextOutputProps extends OutputProps {
  type: "text_output";
  text: string;
  /** True while more is to come: `append` messages add to `text`. */
  streaming: boolean;
}

/** A video to watch. */
export interface VideoOutputProps extends OutputProps {
  type: "video_output";
  /** What a browser can play. */
  blob: string;
  /** A picture of the first frame. */
  poster: string;
  /** The video as the script gave it. */
  download: string;
  /** File name to download it under. */
  name: string;
  seconds: number;
  rate: number;
  frame_count: number;
  width: number;
  height: number;
}

export type AnyOutputProps = AudioOutputProps | FileOutputProps | HighlightOutputProps | ImageOutputProps | JsonOutputProps | LabelOutputProps | MarkdownProps | NumberOutputProps | OwnOutputProps | PlotOutputProps | SaliencyOutputProps | TableOutputProps | TextOutputProps | VideoOutputProps;
