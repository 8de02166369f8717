// Colours for the editor: its text cut into runs, each with the classes it is shown in.

import type { Form, Remark } from "../batch/draft";

export interface PaintedRun {
  text: string;
  tone: string;
  fault: boolean;
}

// Longer texts are shown plain: nobody reads them by colour, and every key would repaint them.
const longest = 60_000;

const jsonToken = /"(?:[^"\\\n]|\\.)*"?(?=(\s*:)?)|-?\d[\d.eE+-]*|\b(?:true|false|null)\b|[{}[\],:]/g;
const listToken = /^[ \t]*#.*$/gm;
const curlToken = /(?<=^|\s)curl(?=\s)|(?<=\s)--?[A-Za-z#][\w-]*|'[^']*'?|"(?:[^"\\]|\\.)*"?/g;

/** The runs of a text in order; together they are the text. */
export function paint(text: string, form: Form, remarks: readonly Remark[]): PaintedRun[] {
  if (text.length > longest) return [{ text, tone: "", fault: false }];
  const runs: PaintedRun[] = [];
  for (const { start, end, tone } of tokens(text, form)) cut(runs, text, start, end, tone, remarks);
  return runs;
}

interface Token {
  start: number;
  end: number;
  tone: string;
}

function* tokens(text: string, form: Form): Generator<Token> {
  const pattern = form === "json" ? jsonToken : form === "curl" ? curlToken : listToken;
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > at) yield { start: at, end: found.index, tone: "" };
    at = found.index + found[0].length;
    yield { start: found.index, end: at, tone: toneOf(found, form) };
  }
  if (at < text.length) yield { start: at, end: text.length, tone: "" };
}

function toneOf(found: RegExpMatchArray, form: Form): string {
  if (form === "urls") return "soft";
  const first = found[0][0]!;
  if (first === '"' || first === "'") return found[1] === undefined ? "string" : "key";
  if (form === "curl") return "word";
  if (/[{}[\],:]/.test(first)) return "soft";
  return /[tfn]/.test(first) ? "word" : "number";
}

/** Adds a token, cut where a fault begins or ends. */
function cut(runs: PaintedRun[], text: string, start: number, end: number, tone: string, remarks: readonly Remark[]): void {
  const edges = remarks.flatMap(({ offset, until }) => [offset, until]).filter((edge) => edge > start && edge < end);
  const stops = [...new Set(edges)].sort((a, b) => a - b);
  let at = start;
  for (const stop of [...stops, end]) {
    const fault = remarks.some(({ severity, offset, until }) => severity === "fault" && offset <= at && at < until);
    runs.push({ text: text.slice(at, stop), tone, fault });
    at = stop;
  }
}
