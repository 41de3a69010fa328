import type { Attachment } from "svelte/attachments";

interface Options {
  /** The page has one such input only: it takes what arrives anywhere on the page. */
  alone: () => boolean;
  paste: boolean;
  /** Files are held over the page, and would be taken when let go. */
  hover: (over: boolean) => void;
  take: (files: File[]) => void;
}

/** Take in files that are dropped on an element or pasted while it has the focus or the pointer. */
export function arrivals({ alone, paste, hover, take }: Options): Attachment<HTMLElement> {
  return (element) => {
    const control = new AbortController();
    const { signal } = control;
    let leaving: ReturnType<typeof setTimeout> | undefined;

    function mine(event: Event): boolean {
      return alone() || event.composedPath().includes(element);
    }

    function over(event: DragEvent): void {
      if (!event.dataTransfer?.types.includes("Files")) return;
      // Also for a drop beside the element: the browser would leave the page and show the file.
      event.preventDefault();
      clearTimeout(leaving);
      hover(mine(event));
      leaving = setTimeout(() => hover(false), 200);
    }

    function drop(event: DragEvent): void {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      hover(false);
      const files = [...event.dataTransfer.files];
      if (mine(event) && files.length > 0) take(files);
    }

    function pasted(event: ClipboardEvent): void {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0 || event.clipboardData?.types.includes("text/plain")) return;
      if (!alone() && !element.matches(":hover, :focus-within")) return;
      event.preventDefault();
      take(files);
    }

    addEventListener("dragover", over, { signal });
    addEventListener("drop", drop, { signal });
    if (paste) addEventListener("paste", pasted, { signal });
    return () => control.abort();
  };
}
