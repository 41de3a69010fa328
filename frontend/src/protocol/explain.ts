// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

/** How much of the answer hiding a part takes away, in the unit of the answer; below 0 where hiding adds to it. */
export interface Weight {
  /**
   * Where the part is: (left, top, right, bottom) of a picture in fractions, (start, end) of a sound in seconds,
   * (first, end) of a text in characters, () of a column.
   */
  at: number[];
  weight: number;
  /** Name of the input. */
  input: string;
  /** A word's text, or a column's name. */
  name: string;
  /** What a column holds. */
  value: string;
}

/** What becomes of the answer as parts are hidden in the order of a map, and in random order. */
export interface Faithfulness {
  /**
   * 0: no better than a random order. 1: the first parts take all away. Below 0: worse than random. None: hiding
   * takes nothing away, so that nothing can be said.
   */
  score: number | null;
  /** How much is hidden at each point, 0 to 1. */
  shares: number[];
  /** The answer with that much hidden, from the greatest of the map. */
  marked: number[];
  /** The same in random order, on average over a few. */
  random: number[];
  /** How many regions are hidden at the first point after 0. */
  first: number;
}

/** What of an input an answer rests on. */
export interface Explanation {
  kind: "columns" | "picture" | "sound" | "words";
  /** With its source. */
  method: string;
  inputs: string[];
  /** Of the input, for reading. */
  label: string;
  /** Name of the output. */
  answer: string;
  /** What the answer decides for, where it decides. */
  decision: string | null;
  /** The strength of the answer with nothing hidden: a confidence, or the figure. */
  before: number;
  /** In the order of the input. */
  weights: Weight[];
  runs: number;
  /** None before it was measured. */
  faithfulness: Faithfulness | null;
  /** True once the map itself is there. */
  made: boolean;
  /** Of a picture [shape=(rows, columns)], the top row first: the share of each cell of the finest grid. */
  values: number[][] | null;
  /**
   * Of a picture (x, y) of the middle of the greatest, in fractions of width and height; of a sound its (time,) in
   * seconds.
   */
  peak: number[] | null;
}
