/** Files of a drop or a choice, those of folders too, each with its path below what was dropped. */
export interface Found {
  file: File;
  path: string;
}

const MOST_FILES = 20_000;

export class TooMany extends Error {
  constructor() {
    super(`These are too many files: at most ${MOST_FILES.toLocaleString("en")} are taken.`);
  }
}

/** Files of a file control; with `webkitdirectory` each knows its path. */
export function chosen(list: FileList): Found[] {
  if (list.length > MOST_FILES) throw new TooMany();
  return [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name })).filter(isVisible);
}

/** Files of a drop. The entries must be taken while the event lasts, so this is called in its handler. */
export async function dropped(transfer: DataTransfer): Promise<Found[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return chosen(transfer.files);
  const found: Found[] = [];
  for (const entry of entries) await walk(entry, found);
  return found.filter(isVisible);
}

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (found.length > MOST_FILES) throw new TooMany();
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives up to a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const inner of some) await walk(inner, found);
  }
}

function isVisible({ path }: Found): boolean {
  return !path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
}
