/** Links that save a file: browsers do not let a service worker answer them, so the page fetches what they lead to. */
import { address } from "../surroundings";

export function saveDownloads(): void {
  const media = address("media/").href;
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[download]");
    if (link === null || !link.href.startsWith(media)) return;
    event.preventDefault();
    void save(link.href, link.download);
  });
}

async function save(source: string, name: string): Promise<void> {
  const answer = await fetch(source);
  if (!answer.ok) return;
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has it at the latest when it asks nothing more of it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
