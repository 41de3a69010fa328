/**
 * Which component draws which kind of element: `slider_input` is drawn by `widgets/SliderInput.svelte`.
 *
 * A new file in `widgets/` is a chunk of its own that is loaded when a page needs it. The ones that nearly every page has
 * are named here, so that they are there at the first paint.
 */
import type { Component } from "svelte";
import { SvelteMap } from "svelte/reactivity";

type Widget = Component<{ id: string; props: never }>;
interface WidgetModule {
  default: Widget;
}

const present = import.meta.glob<WidgetModule>(
  "./widgets/{Button,CheckboxInput,ChoiceInput,ImageInput,ImageOutput,LabelOutput,NumberInput,NumberOutput,SliderInput,TextInput,TextOutput}.svelte",
  { eager: true },
);
const later = import.meta.glob<WidgetModule>([
  "./widgets/*.svelte",
  "!./widgets/{Button,CheckboxInput,ChoiceInput,ImageInput,ImageOutput,LabelOutput,NumberInput,NumberOutput,SliderInput,TextInput,TextOutput}.svelte",
]);

const loaded = new SvelteMap<string, Widget>();
const failed = new SvelteMap<string, string>();
const loading = new Set<string>();

for (const [path, module] of Object.entries(present)) loaded.set(path, module.default);

/** The component of a kind, or undefined while its chunk is on the way. */
export function widget(kind: string): Widget | undefined {
  return loaded.get(pathOf(kind));
}

/** Why the component of a kind cannot be had, or undefined. */
export function failure(kind: string): string | undefined {
  return failed.get(pathOf(kind));
}

/** Fetch the component of a kind, once. */
export function load(kind: string): void {
  const path = pathOf(kind);
  if (loaded.has(path) || loading.has(path)) return;
  const chunk = later[path];
  if (chunk === undefined) return void failed.set(path, `This page does not know how to show “${kind}”.`);
  loading.add(path);
  failed.delete(path);
  chunk()
    .then((module) => loaded.set(path, module.default))
    .catch(() => failed.set(path, "A part of the page could not be loaded. Reload the page to try again."))
    .finally(() => loading.delete(path));
}

function pathOf(kind: string): string {
  const name = kind.replace(/(^|_)(\w)/g, (_match, _gap, letter: string) => letter.toUpperCase());
  return `./widgets/${name}.svelte`;
}
