/** The app's half of being in another page's frame: tells its height and title, and takes the theme. */
import { scheme } from "../scheme.svelte";
import type { FromApp, ToApp } from "./messages";

/** Begin, if the page is in a frame. */
export function beFramed(content: HTMLElement): void {
  scheme.force(new URLSearchParams(location.search).get("theme"));
  if (window.parent === window) return;
  document.documentElement.dataset.framed = "";
  addEventListener("message", (event: MessageEvent<ToApp | null>) => {
    if (event.source === window.parent && event.data?.modelapp === 1) scheme.force(event.data.theme);
  });
  const tell = (): void => {
    const message: FromApp = { modelapp: 1, height: content.getBoundingClientRect().height, title: document.title };
    // Whoever frames the page may know how high it is.
    window.parent.postMessage(message, "*");
  };
  new ResizeObserver(tell).observe(content);
  new MutationObserver(tell).observe(document.head, { subtree: true, childList: true, characterData: true });
}
