// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type BulkPhase = "reading" | "ready" | "running" | "done" | "stopped" | "failed";

export type ExplainMethod = "occlusion" | "gradients";

export type Phase = "queued" | "running" | "done" | "waiting" | "failed" | "cancelled";

export type Role = "presenter" | "visitor" | "watcher";

export type Turn = "none" | "yours" | "another";

export type WorkPhase = "running" | "done" | "stopped" | "failed";
