/** Whether a map of a picture lies on it still, and whether it is of exactly this picture. */
import type { Edits } from "../editing/rules";
import type { Json } from "../protocol";
import { same } from "../same";

interface Edited {
  blob: string;
  edits: Edits;
}

/** Edits after which a place on the picture is another place. */
const MOVING = ["crop", "rotate", "flip"];

export type Fit = "same" | "before" | "moved" | "other";

/**
 * How a map fits the picture that is shown: "same", "before" when it was covered or its tones were changed since, so that
 * all is where it was, "moved" when it was cut or turned, or "other" when it is another picture.
 */
export function fit(of: Json, shown: Edited): Fit {
  const known = of as unknown as Edited | null;
  if (known === null || known.blob !== shown.blob) return "other";
  if (same(known.edits as unknown as Json, shown.edits as unknown as Json)) return "same";
  return same(moves(known.edits), moves(shown.edits)) ? "before" : "moved";
}

function moves(edits: Edits): Json {
  return edits.filter((edit) => MOVING.includes(edit.op)) as unknown as Json;
}
