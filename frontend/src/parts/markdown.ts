/** Markdown as HTML that is safe to show and asks nothing of another host. */
import DOMPurify from "dompurify";
import { marked } from "marked";

const purify = DOMPurify(window);

purify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A" && /^(https?:)?\/\//i.test(node.getAttribute("href") ?? "")) {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  }
  if (node.tagName === "IMG" && !isOwn(node.getAttribute("src") ?? "")) node.removeAttribute("src");
});

export function toHtml(text: string): string {
  const fragment = purify.sanitize(marked.parse(text, { async: false, gfm: true }), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "select", "textarea", "video", "audio", "source", "picture", "dialog"],
    FORBID_ATTR: ["style", "srcset", "background", "poster", "class"],
    SANITIZE_NAMED_PROPS: true,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const picture of fragment.querySelectorAll("img:not([src])")) picture.replaceWith(picture.getAttribute("alt") ?? "");
  const holder = document.createElement("div");
  holder.append(fragment);
  return holder.innerHTML;
}

/** True for a picture that comes with the text or from the page's own host. */
function isOwn(source: string): boolean {
  if (/^data:image\//i.test(source)) return true;
  try {
    return source !== "" && new URL(source, document.baseURI).origin === location.origin;
  } catch {
    return false;
  }
}
