/** Hands plots to the script that draws them: it is in the file where one of its plots is. Stands in for `../parts/vega`. */
import type { Json } from "../protocol";

type Draw = (host: HTMLElement, spec: Json) => Promise<() => void>;

declare global {
  interface Window {
    modelappVega?: Draw;
  }
}

export async function draw(host: HTMLElement, spec: Json): Promise<() => void> {
  if (window.modelappVega === undefined) throw new Error("the file was made without the script that draws it.");
  return window.modelappVega(host, spec);
}
