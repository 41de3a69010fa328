import { describe, expect, test } from "vitest";
import type { DataColumn, StoredTable } from "../src/protocol";
import { block, csv, lines, parsed } from "../src/table/cells";
import { applied, isChanged, withBlock, withCell, withoutRows, type Edits } from "../src/table/edits";

function column(name: string, kind: DataColumn["kind"], more: Partial<DataColumn> = {}): DataColumn {
  return { name, kind, integer: false, min: null, max: null, step: null, bounded: false, options: [], missing: true, ...more };
}

const table: StoredTable = {
  columns: [column("age", "number", { integer: true }), column("note", "text")],
  defaults: [null, "new"],
  dtypes: ["int64", "str"],
  cells: [
    [30, 41, 70],
    ["a", "b", null],
  ],
  rows: 3,
  said: [],
};

function cells(edits: Edits): unknown[] {
  return applied(table, edits).map((row) => row.cells);
}

describe("edits of a table", () => {
  test("apply to what the one before left", () => {
    const edits: Edits = [
      { op: "remove", rows: [0] },
      { op: "add", at: 1, rows: [[5, "x"]] },
      { op: "set", row: 1, column: "age", value: 6 },
      { op: "paste", row: 0, columns: ["note"], cells: [["p"], ["q"]] },
    ];
    expect(cells(edits)).toEqual([[41, "p"], [6, "q"], [70, null]]);
    expect(table.cells[0]).toEqual([30, 41, 70]);
  });

  test("name a cell once until rows come or go", () => {
    let edits = withCell([], 0, "age", 1);
    edits = withCell(withCell(edits, 1, "age", 2), 0, "age", 3);
    expect(edits).toEqual([
      { op: "set", row: 1, column: "age", value: 2 },
      { op: "set", row: 0, column: "age", value: 3 },
    ]);
    edits = withCell(withoutRows(edits, [2]), 0, "age", 4);
    expect(edits).toHaveLength(4);
  });

  test("of a block go over what is there and below it", () => {
    const edits = withBlock(table, [], 3, 2, [1], [["p"], ["q"]]);
    expect(edits.map((edit) => edit.op)).toEqual(["paste", "add"]);
    expect(cells(edits)).toEqual([[30, "a"], [41, "b"], [70, "p"], [null, "q"]]);
  });

  test("are seen at the cells that changed, wherever they are now", () => {
    const rows = applied(table, [{ op: "remove", rows: [0] }, { op: "set", row: 0, column: "age", value: 42 }]);
    expect(rows.map((row) => isChanged(table, row, 0))).toEqual([true, false]);
  });
});

describe("cells", () => {
  const number = column("n", "number");
  test.each([
    ["1.5", 1.5],
    ["1,5", 1.5],
    ["1,234", 1234],
    ["1,234.5", 1234.5],
    ["1.234,5", 1234.5],
    ["1 234,5", 1234.5],
    ["−4", -4],
    ["2e3", 2000],
    ["", null],
    ["NA", null],
  ])("take the number %s", (text, value) => expect(parsed(number, text)).toEqual({ cell: value }));

  test.each(["x", "1_000", "1..2", "Infinity", "0x10"])("refuse the number %s", (text) => {
    expect(parsed(number, text)).toEqual({ problem: `“n” takes a number, not “${text}”.` });
  });

  test("are checked by their column", () => {
    expect(parsed(column("n", "number", { integer: true }), "1.5")).toEqual({ problem: "“n” takes a whole number, not “1.5”." });
    const bounded = column("n", "number", { bounded: true, min: 0, max: 9 });
    expect(parsed(bounded, "10")).toEqual({ problem: "“n”: Must be between 0 and 9." });
    expect(parsed(column("n", "number", { missing: false }), "")).toEqual({ problem: "“n” takes a number, not nothing." });
    expect(parsed(column("c", "choice", { options: ["f", "m"] }), "F")).toEqual({ cell: "f" });
    expect(parsed(column("c", "choice", { options: ["f", "m"] }), "q")).toEqual({ problem: "“c” takes f, m, not “q”." });
    expect(parsed(column("b", "boolean"), "Yes")).toEqual({ cell: true });
    expect(parsed(column("d", "date"), "31.1.2026")).toEqual({ cell: "2026-01-31" });
    expect(parsed(column("d", "date"), "2026-02-30")).toEqual({ problem: "“d” takes a day such as 2026-01-31, not “2026-02-30”." });
    expect(parsed(column("t", "datetime"), "2026-01-31 9:30")).toEqual({ cell: "2026-01-31T09:30" });
    expect(parsed(column("s", "text", { missing: false }), "")).toEqual({ cell: "" });
  });

  test("are taken from a spreadsheet with quotes and line ends", () => {
    expect(block('a\t"b\n""c"""\r\n1\t\r\n')).toEqual([["a", 'b\n"c"'], ["1", ""]]);
    expect(block("a")).toEqual([["a"]]);
    expect(block("a\n\nb\n")).toEqual([["a"], [""], ["b"]]);
  });

  test("go out as they came in", () => {
    const rows = [["a", 'say "hi"', "1,5", "two\nlines", ""]];
    expect(block(lines(rows, "\t"))).toEqual(rows);
    expect(csv(table, applied(table, []))).toBe("age,note\n30,a\n41,b\n70,\n");
  });
});
