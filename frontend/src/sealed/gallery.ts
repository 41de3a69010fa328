/** The index of a gallery of which all that passes is encrypted: the same page that the host serves in plain. */
import { address } from "../surroundings";

/** Show it in place of this page. Its own files are the same for every gallery, and come in plain. */
export async function showIndex(html: string): Promise<void> {
  const index = new DOMParser().parseFromString(html, "text/html");
  await styled("_gallery/gallery.css");
  document.title = index.title;
  document.body.replaceChildren(...index.body.childNodes);
  const script = document.createElement("script");
  script.src = address("_gallery/gallery.js").href;
  document.head.append(script);
}

/** Nothing is shown before it looks as it should. */
function styled(path: string): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address(path).href;
  return new Promise((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = () => reject(new TypeError("The connection was lost."));
    document.head.append(link);
  });
}
