// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

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
