import { expect, test } from "vitest";
import { highlighted } from "../src/code/highlight";
import { inPlace } from "../src/code/inPlace";

const text = (script: string) => highlighted(script).map((line) => line.map((piece) => piece.text).join(""));
const kinds = (script: string) => highlighted(script).flat().filter((piece) => piece.kind !== "plain").map((piece) => [piece.kind, piece.text]);

test("no letter of a script is lost or moved", () => {
  const scripts = ["", "\n\n", "x = 1\n\n  y = 'a\\'b'  # c\n", 'ma.markdown("""\n# no comment\n""")\nif x: pass', "größe = é('\\n')\n\t@\u0000", "'unclosed\nx = '''never closed\n# text"];
  for (const script of scripts) expect(text(script).join("\n")).toBe(script);
});

test("pieces are what they are in Python", () => {
  expect(kinds("for x in range(10): # ten")).toEqual([["keyword", "for"], ["keyword", "in"], ["call", "range"], ["number", "10"], ["comment", "# ten"]]);
  expect(kinds('a = f"for {x}" + r\'#\'')).toEqual([["text", 'f"for {x}"'], ["text", "r'#'"]]);
  expect(kinds('"""for\n# x"""')).toEqual([["text", '"""for'], ["text", '# x"""']]);
  expect(kinds("forty2 = 0x1F + 1.5e-3")).toEqual([["number", "0x1F"], ["number", "1.5e-3"]]);
});

test("values are short", () => {
  expect([null, true, 0.1 + 0.2, "a\nb", [1, "x"], [1, 2, 3, 4, 5]].map((value) => inPlace(value))).toEqual(["nothing yet", "True", "0.3", '"a\\nb"', '[1, "x"]', "5 values"]);
  expect(inPlace("x".repeat(100)).length).toBeLessThan(40);
  expect(inPlace({ blob: "0f", name: "cat.png", edits: [{ op: "flip" }] })).toBe("cat.png, 1 edit");
  expect(inPlace({ text: "calmer", original: "calm" })).toBe('"calmer"');
  expect(inPlace({ age: 3, kind: "a" })).toBe("2 fields");
});
