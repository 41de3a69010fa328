/** Where keys lead in a grid. Pure. */

/** A cell's place; column -1 is the row's number. */
export interface Place {
  row: number;
  column: number;
}

/** Where a key leads from a place, or null if it leads nowhere. `page` is how many rows are in view. */
export function moved(key: string, command: boolean, at: Place, last: Place, page: number): Place | null {
  const moves: Record<string, [number, number]> = {
    ArrowUp: [command ? 0 : at.row - 1, at.column],
    ArrowDown: [command ? last.row : at.row + 1, at.column],
    ArrowLeft: [at.row, command ? -1 : at.column - 1],
    ArrowRight: [at.row, command ? last.column : at.column + 1],
    PageUp: [at.row - page, at.column],
    PageDown: [at.row + page, at.column],
    Home: [command ? 0 : at.row, 0],
    End: [command ? last.row : at.row, last.column],
  };
  const to = moves[key];
  return to === undefined ? null : { row: clamp(to[0], 0, last.row), column: clamp(to[1], -1, last.column) };
}

export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
