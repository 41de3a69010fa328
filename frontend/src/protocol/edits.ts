// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

import type { Json } from "./words";

/** Blur by a Gaussian; edges are continued outwards. */
export interface Blur {
  op: "blur";
  /** Standard deviation, in fractions of the picture's longer side. */
  sigma: number;
}

/** Add to every channel: 1 is the whole range from black to white. */
export interface Brightness {
  op: "brightness";
  amount: number;
}

/** Spread every channel away from the middle of its range (127.5 of 255): 1 changes nothing, 0 leaves grey. */
export interface Contrast {
  op: "contrast";
  factor: number;
}

/**
 * Keep what is inside a box. Its edges are rounded to whole pixels; if nothing is left between two, the pixel after
 * them stays, or the last one at the picture's end.
 */
export interface Crop {
  op: "crop";
  box: [number, number, number, number];
}

/** Mirror: "horizontal" swaps left and right, "vertical" swaps top and bottom. */
export interface Flip {
  op: "flip";
  axis: "horizontal" | "vertical";
}

/**
 * Add Gaussian noise to every pixel: to each channel by itself, or alike to all where every pixel is grey.
 *
 * Number (y * width + x) * 3 + channel of the seed's sequence (see `_noise`; channel 0 throughout in a grey picture),
 * times `sigma`, is added to that channel.
 */
export interface Noise {
  op: "noise";
  /** Standard deviation: 1 is the whole range from black to white. */
  sigma: number;
  seed?: number;
}

/** Cover a box, or all that a round brush passes over: exactly one of `box` and `path` is given. */
export interface Occlude {
  op: "occlude";
  /**
   * "#rrggbb"; "mean": the mean colour of the picture before this edit; "blur": that picture, blurred by a
   * Gaussian whose standard deviation is 4 % of its longer side.
   */
  colour: string;
  /** Rounded to pixels as for `Crop`. */
  box?: [number, number, number, number] | null;
  /** Where the brush went: it covers the pixels whose centres are at most half of `width` from this line. */
  path?: [number, number][] | null;
  /**
   * Diameter of the brush, in fractions of the picture's longer side; at least the square root of 2 in pixels, so
   * that no stroke slips between the pixels' centres.
   */
  width?: number;
}

/**
 * Turn clockwise. Multiples of 90 degrees are exact, and odd ones swap width and height. Any other angle keeps
 * these, turns about the centre (bilinear), and fills what comes into view with the mean colour of what was before.
 */
export interface Rotate {
  op: "rotate";
  degrees: number;
}

/** Make it louder, or quieter below zero. */
export interface Gain {
  op: "gain";
  decibels: number;
}

/** Play it backwards. */
export interface Reverse {
  op: "reverse";
}

/**
 * Add white Gaussian noise to every channel. Silence stays silent.
 *
 * Sample number n = frame * channels + channel gets number n of the sequence that the picture's `Noise` describes,
 * scaled so that the root mean square of the sound is `snr_decibels` above that of the noise, over all channels.
 */
export interface SoundNoise {
  op: "noise";
  /** Signal-to-noise ratio. */
  snr_decibels: number;
  seed?: number;
}

/** Keep what is between two times, each rounded to the nearest frame; at least one frame stays. */
export interface SoundTrim {
  op: "trim";
  start: number;
  end: number;
}

/** Play it faster, or slower below one. The pitch goes with it, as on a record player. */
export interface Speed {
  op: "speed";
  factor: number;
}

/** Put new rows before the row `at`, or at the end. */
export interface AddRows {
  op: "add";
  at: number;
  /** The cells of each, in the order of the table's columns. */
  rows: Json[][];
}

/** Take rows away. */
export interface RemoveRows {
  op: "remove";
  rows: number[];
}

/** Put a value into a cell. */
export interface SetCell {
  op: "set";
  row: number;
  column: string;
  value: Json;
}

/** Put a block of values over cells. */
export interface SetCells {
  op: "paste";
  /** Its first row. */
  row: number;
  columns: string[];
  /** By row, in the order of `columns`. */
  cells: Json[][];
}

/** Keep the one frame that is shown at a time; before the first one, the first. */
export interface VideoFrame {
  op: "frame";
  at: number;
}

/** Keep the frames that are first shown from `start` to before `end`; at least one stays. */
export interface VideoTrim {
  op: "trim";
  start: number;
  end: number;
}

export type PictureEdit = Blur | Brightness | Contrast | Crop | Flip | Noise | Occlude | Rotate;

export type SoundEdit = Gain | Reverse | SoundNoise | SoundTrim | Speed;

export type TableEdit = AddRows | RemoveRows | SetCell | SetCells;

export type VideoEdit = VideoFrame | VideoTrim;
