// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { Json } from "./words";
import type { DataColumn } from "./inputs";

/** How good the answers are for one class. */
export interface ClassFigures {
  name: string;
  /** Cases that are truly of it. */
  count: number;
  precision: number;
  recall: number;
  f1: number;
  /** Of it against all others; None without probabilities, or where all cases or none are of it. */
  auc: number | null;
}

/** Answers with a confidence above `low`, up to `high`. */
export interface ReliabilityBin {
  low: number;
  high: number;
  count: number;
  /** The mean; None if there are no such answers. */
  confidence: number | null;
  accuracy: number | null;
}

/** Whether confidences mean what they say. */
export interface Calibration {
  ece: number;
  brier: number;
  /** By the confidence of the class that was answered. */
  bins: ReliabilityBin[];
}

/** How good labels are. */
export interface Classification {
  output: string;
  /** Cases with a truth and an answer. */
  n: number;
  accuracy: number;
  macro_f1: number;
  /** Area under the ROC curve; for more than two classes the mean over those that occur, each against all others. */
  auc: number | null;
  /** Those that occur or are answered. */
  classes: ClassFigures[];
  /** A row for each true class, a column for each answer, in the order of `classes`. */
  confusion: number[][];
  /** Cases of `n` for which the model named no class: they count as wrong. */
  unanswered: number;
  calibration: Calibration | null;
}

/** How good numbers are. */
export interface Regression {
  output: string;
  n: number;
  mae: number;
  rmse: number;
  r2: number | null;
}

/** What became of a bulk run. */
export interface Report {
  /** How many there are. */
  cases: number;
  /** How many have been run, well or not. */
  done: number;
  failed: number;
  /** Time that the script took, summed over the cases. */
  seconds: number;
  /** How many cases failed in which way. */
  errors: Record<string, number>;
  /** Name of the column with what is true. */
  truth: string | null;
  /** Cases that ran well and of which nothing is known. */
  without_truth: number;
  classification: Classification | null;
  regression: Regression | null;
  notes: string[];
}

/** A table in the blob store. */
export interface StoredTable {
  columns: DataColumn[];
  /** The cells of a new row. */
  defaults: Json[];
  /** The name of each column's dtype, or {"categories", "of", "ordered"}. */
  dtypes: Json[];
  /** The cells of each column. */
  cells: Json[][];
  rows: number;
  /** Sentences: what was assumed when the file was read. */
  said: string[];
}
