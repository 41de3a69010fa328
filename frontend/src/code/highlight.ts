/** Python's text in pieces that are coloured alike. It is read, not judged: what is no Python gets no colour. */
export type Kind = "plain" | "keyword" | "text" | "number" | "comment" | "call";

export interface Piece {
  kind: Kind;
  text: string;
}

const KEYWORDS = new Set(
  "False None True and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield".split(" "),
);
const PIECES = /(?<comment>#[^\n]*)|(?<text>\b[rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<number>\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?j?))|(?<word>[\p{L}_][\p{L}\p{N}_]*)(?<call>\s*\()?|[^]/gu;

/** The lines of a script, each in pieces. */
export function highlighted(script: string): Piece[][] {
  const lines: Piece[][] = [[]];
  const put = (kind: Kind, text: string): void => {
    text.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([]);
      const line = lines.at(-1)!;
      const last = line.at(-1);
      if (last?.kind === kind) last.text += part;
      else if (part !== "") line.push({ kind, text: part });
    });
  };
  for (const match of script.matchAll(PIECES)) {
    const { comment, text, number, word, call } = match.groups ?? {};
    if (comment !== undefined) put("comment", comment);
    else if (text !== undefined) put("text", text);
    else if (number !== undefined) put("number", number);
    else if (word !== undefined) {
      put(KEYWORDS.has(word) ? "keyword" : call !== undefined ? "call" : "plain", word);
      if (call !== undefined) put("plain", call);
    } else put("plain", match[0]);
  }
  return lines;
}
