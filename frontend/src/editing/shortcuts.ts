/** Keys of the editor, wherever in it the focus is. */
import type { Editor } from "./editor.svelte";

export function keys(event: KeyboardEvent, editor: Editor, root: HTMLElement, close: () => void): void {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !event.altKey && (key === "z" || key === "y")) {
    if (key === "y" || event.shiftKey) editor.redo();
    else editor.undo();
    event.preventDefault();
  } else if (event.key === "Escape") close();
  else if (event.target === root && (key.startsWith("arrow") || key === "delete" || key === "backspace")) {
    // After a press on the stage the focus is on the editor as a whole: the box in hand is meant.
    const box = root.querySelector<HTMLElement>("[data-box]");
    box?.focus({ preventScroll: true });
    box?.dispatchEvent(new KeyboardEvent("keydown", event));
    if (box) event.preventDefault();
  }
}
