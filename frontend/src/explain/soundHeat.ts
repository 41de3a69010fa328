/** A map of a sound as colours over its original: what was cut or played faster since is where it came from. */
import type { EditedSound } from "../parts/SoundEditor.svelte";
import type { Explanation, Json } from "../protocol";
import { origin } from "../sound/rules";
import { same } from "../same";
import { strengths, tint } from "./strengths";

/** How much of the waveform can be seen through the strongest heat. */
const MOST_OPACITY = 0.6;

export function soundHeat({ map, of }: { map: Explanation; of: Json }, sound: EditedSound, opacity: number): { start: number; end: number; colour: string }[] {
  const known = of as unknown as EditedSound | null;
  if (known === null || known.blob !== sound.blob || !same(known.edits as unknown as Json, sound.edits as unknown as Json)) return [];
  const shares = strengths(map);
  return map.weights.map(({ at }, index) => {
    const ends = [at[0] ?? 0, at[1] ?? 0].map((time) => origin(known.edits, sound.seconds, time));
    return { start: Math.min(...ends), end: Math.max(...ends), colour: tint(shares[index] ?? 0, opacity * MOST_OPACITY) };
  });
}
