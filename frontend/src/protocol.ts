// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type Role = "presenter" | "visitor" | "watcher";

export type Turn = "none" | "yours" | "another";

export type Phase = "queued" | "running" | "done" | "waiting" | "failed" | "cancelled";

export type BulkPhase = "reading" | "ready" | "running" | "done" | "stopped" | "failed";

/** One ready case of an input: what to call it, an optional thumbnail, and the value that choosing it sets. */
export interface Example {
  type: "Example";
  label: string;
  value: Json;
  /** Digest of a picture at most 160 pixels high, or None when the label says it all. */
  thumbnail: string | null;
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

/** What every output tells the page. */
export interface OutputProps {
  /** The heading above the output, or None for none. */
  label: string | null;
}

/** The base of containers and of the page's own elements (title, progress, messages). */
export interface LayoutProps {
}

/** The page itself: at most one per frame, always first. */
export interface AppProps extends LayoutProps {
  type: "app";
  title: string;
  description: string | null;
  /** True if many cases can be run at once. */
  bulk: boolean;
}

/** A titled block of elements. */
export interface SectionProps extends LayoutProps {
  type: "section";
  title: string;
}

/** Elements side by side; its children are `column` elements. On a phone they stack. */
export interface ColumnsProps extends LayoutProps {
  type: "columns";
  weights: number[];
}

/** One column of a `columns` element. */
export interface ColumnProps extends LayoutProps {
  type: "column";
}

/** Elements behind tabs; its children are `tab` elements. */
export interface TabsProps extends LayoutProps {
  type: "tabs";
}

/** One tab of a `tabs` element. */
export interface TabProps extends LayoutProps {
  type: "tab";
  title: string;
}

/** A group of inputs. With `submit`, values are kept at once but the script runs only on a press of its button. */
export interface GroupProps extends LayoutProps {
  type: "inputs";
  title: string | null;
  submit: string | null;
  /** Each example's value is a dict of input name to value: choosing it fills several inputs at once. */
  examples: Example[];
}

/** A loop at work. `fraction` is in [0, 1], or None when the total is unknown. */
export interface ProgressProps extends LayoutProps {
  type: "progress";
  text: string;
  fraction: number | null;
  done: number;
  total: number | null;
}

/** One sentence for the reader: what is going on, or what is wrong. */
export interface MessageProps extends LayoutProps {
  type: "message";
  level: "error" | "status";
  text: string;
}

/** One thing on the page. `id` is an input's or output's name; `parent` is a container's id or "" for the page. */
export interface Element {
  id: string;
  parent: string;
  /** The element's properties: a record whose `type` is its kind. */
  props: Props;
}

/** First message of a socket: which session the page had, and the last frame it saw. */
export interface Hello {
  type: "hello";
  /** None asks for a new session. */
  session?: string | null;
  epoch?: string | null;
  seen?: number;
}

/** New values of inputs, by name, and at most one button or submit group that was pressed. */
export interface Set {
  type: "set";
  values: Record<string, Json>;
  /** Counts up by one per `set` of this page; the host answers it in `Frame.acknowledged`. */
  sequence: number;
  pressed?: string | null;
}

/** Stop the run that is going on. Values stay as they are. */
export interface Cancel {
  type: "cancel";
}

/** Run the script again with the same values. */
export interface Rerun {
  type: "rerun";
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

/** Let a watcher act in the presenter's session, or nobody. A watcher who has the turn may only give it back. */
export interface HandTurn {
  type: "hand_turn";
  /** Her number; None takes or gives the turn back. */
  watcher: number | null;
}

/** What the page may send; the host checks the same. */
export interface Limits {
  upload_bytes: number;
  pixels: number;
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

/** Text to add at the end of a streamed output's `text` property. */
export interface Append {
  type: "append";
  sequence: number;
  element: string;
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

/** One quiet sentence for the presenter: code reloaded, a syntax error in the file, what `predict` decided. */
export interface Notice {
  type: "notice";
  text: string;
  level: "error" | "info";
  failure: Failure | null;
}

/** The author saved a script that does not work: the page shows what the version before made, until it does. */
export interface Editing {
  type: "editing";
  now: boolean;
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

/** Reply to `ask`. Exactly one of `reply` and `error` is set. */
export interface Answer {
  type: "answer";
  id: number;
  reply: Json;
  error: string | null;
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

/** For the presenter: who watches, and who of them has the turn. */
export interface Watchers {
  type: "watchers";
  /** Each watcher's number. It is never given to another. */
  numbers: number[];
  turn: number | null;
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

/** Where a sound may come from, and what may be done to it. */
export interface AudioInputProps extends InputProps {
  type: "audio_input";
  sources: string[];
  tools: string[];
  /** Longest recording. */
  most_seconds: number;
}

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

/** A field for a number. None is no bound, and no step that the page should use. */
export interface NumberInputProps extends InputProps {
  type: "number_input";
  min: number | null;
  max: number | null;
  step: number | null;
  /** True: whole numbers only. */
  integer: boolean;
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

/** A control for each column; the value is an object of column name to cell. */
export interface RowInputProps extends InputProps {
  type: "row_input";
  columns: DataColumn[];
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

/** A text field. With more than one line it is a box. */
export interface TextInputProps extends InputProps {
  type: "text_input";
  lines: number;
  max_chars: number | null;
  placeholder: string;
}

/** Plain text; line breaks are kept. */
export interface TextOutputProps extends OutputProps {
  type: "text_output";
  text: string;
  /** True while more is to come: `append` messages add to `text`. */
  streaming: boolean;
}

/** Where a video may come from, and what may be done to it. */
export interface VideoInputProps extends InputProps {
  type: "video_input";
  sources: string[];
  tools: string[];
  /** Longest recording. */
  most_seconds: number;
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

export type AnyInputProps = AudioInputProps | ButtonProps | CheckboxInputProps | ChoiceInputProps | DateInputProps | FileInputProps | ImageInputProps | NumberInputProps | RowInputProps | SliderInputProps | TableInputProps | TextInputProps | VideoInputProps;

export type AnyOutputProps = AudioOutputProps | FileOutputProps | HighlightOutputProps | ImageOutputProps | JsonOutputProps | LabelOutputProps | MarkdownProps | NumberOutputProps | PlotOutputProps | SaliencyOutputProps | TableOutputProps | TextOutputProps | VideoOutputProps;

export type AnyLayoutProps = AppProps | ColumnProps | ColumnsProps | GroupProps | MessageProps | ProgressProps | SectionProps | TabProps | TabsProps;

export type PictureEdit = Blur | Brightness | Contrast | Crop | Flip | Noise | Occlude | Rotate;

export type SoundEdit = Gain | Reverse | SoundNoise | SoundTrim | Speed;

export type TableEdit = AddRows | RemoveRows | SetCell | SetCells;

export type VideoEdit = VideoFrame | VideoTrim;

export type Props = AnyInputProps | AnyOutputProps | AnyLayoutProps;

export type PageMessage = Hello | Set | Cancel | Rerun | Ask | BulkStart | BulkStop | HandTurn;

export type HostMessage = Welcome | Frame | Append | RunState | Notice | Problem | Answer | BulkState | Watchers | Watching | Editing;
