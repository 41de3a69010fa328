// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.

export type * from "./protocol/words";
export type * from "./protocol/elements";
export type * from "./protocol/explain";
export type * from "./protocol/history";
export type * from "./protocol/host";
export type * from "./protocol/page";
export type * from "./protocol/recorded";
export type * from "./protocol/uploads";
export type * from "./protocol/inputs";
export type * from "./protocol/outputs";
export type * from "./protocol/edits";
export type * from "./protocol/stored";
