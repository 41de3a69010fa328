/** The page's colours for drawings that cannot use custom properties. */
export function tokens(): { ink: string; muted: string; line: string; accent: string; font: string } {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return { ink: read("--ink"), muted: read("--muted"), line: read("--line"), accent: read("--accent"), font: style.fontFamily };
}
