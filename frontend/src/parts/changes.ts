/**
 * What was changed in a text, word by word.
 *
 * The longest common subsequence of the two lists of words (with the white space between them) is kept; what is only in the
 * original was removed, what is only in the new text was added. Cost grows with the product of the changed middles, so very
 * long changes are shown as one removed and one added part.
 */

export interface Change {
  kind: "kept" | "removed" | "added";
  text: string;
}

const MOST_CELLS = 4_000_000;

export function changes(original: string, text: string): Change[] {
  const before = words(original);
  const after = words(text);
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const found = [
    ...before.slice(0, start).map((word) => change("kept", word)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map((word) => change("kept", word)),
  ];
  return joined(found);
}

function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_'’]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

function change(kind: Change["kind"], text: string): Change {
  return { kind, text };
}

function middle(before: string[], after: string[]): Change[] {
  const removed = before.map((word) => change("removed", word));
  const added = after.map((word) => change("added", word));
  if (before.length * after.length > MOST_CELLS || before.length === 0 || after.length === 0) return [...removed, ...added];
  const columns = after.length + 1;
  // common[i * columns + j]: how many words before[i..] and after[j..] have in common, in order.
  const common = new Uint16Array((before.length + 1) * columns);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * columns + j] =
        before[i] === after[j]
          ? (common[(i + 1) * columns + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * columns + j] ?? 0, common[i * columns + j + 1] ?? 0);
    }
  }
  const found: Change[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      found.push(change("kept", before[i] as string));
      i++;
      j++;
    } else if ((common[(i + 1) * columns + j] ?? 0) >= (common[i * columns + j + 1] ?? 0)) found.push(removed[i++] as Change);
    else found.push(added[j++] as Change);
  }
  return [...found, ...removed.slice(i), ...added.slice(j)];
}

/** Neighbours of one kind as one; between two changes, removed goes before added, and a lone space does not part them. */
function joined(found: Change[]): Change[] {
  const out: Change[] = [];
  let removed = "";
  let added = "";
  const flush = (): void => {
    if (removed !== "") out.push(change("removed", removed));
    if (added !== "") out.push(change("added", added));
    removed = added = "";
  };
  found.forEach(({ kind, text }, index) => {
    const between = kind === "kept" && /^\s+$/.test(text) && removed + added !== "" && changed(found[index + 1]);
    if (kind === "removed" || between) removed += text;
    if (kind === "added" || between) added += text;
    if (kind === "kept" && !between) {
      flush();
      const last = out.at(-1);
      if (last?.kind === "kept") last.text += text;
      else out.push(change("kept", text));
    }
  });
  flush();
  return out;
}

function changed(next: Change | undefined): boolean {
  return next !== undefined && next.kind !== "kept";
}
