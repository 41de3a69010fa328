import type { BulkState } from "../protocol";

/** Says what is left of many cases whose host has ended: what was not done is not done by another one. */
export function leftOf(bulk: BulkState | null): BulkState | null {
  if (bulk === null || !["reading", "ready", "running"].includes(bulk.phase)) return bulk;
  const done = `${bulk.done.toLocaleString("en")} of ${bulk.total.toLocaleString("en")}`;
  const after = bulk.phase === "running" ? `, after ${done}` : "";
  return { ...bulk, phase: "failed", problem: `The host of these cases has ended${after}. Choose them again to run them.` };
}
