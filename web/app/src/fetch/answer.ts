// Takes a response object apart without reading its body, and puts the collected answers together, as text.

import type { ResponseHead, Summary } from "../api";
import { Kind, scan } from "../json/scan";
import { childrenOf, keyOf, valueOf } from "../json/walk";

/** The head of a response object; undefined where the text is not one. */
export function readHead(text: string): ResponseHead | undefined {
  const scanned = scan(text);
  if (!scanned.ok || scanned.doc.kind[0] !== Kind.Object) return undefined;
  const head: Record<string, unknown> = {};
  for (const node of childrenOf(scanned.doc, 0)) {
    const key = keyOf(scanned.doc, node)!;
    if (key !== "body") head[key] = valueOf(scanned.doc, node);
  }
  return typeof head.id === "string" ? (head as unknown as ResponseHead) : undefined;
}

/** The body inside a response object, as it was written; undefined where there is none. */
export function bodyText(text: string): string | undefined {
  const scanned = scan(text);
  if (!scanned.ok) return undefined;
  for (const node of childrenOf(scanned.doc, 0)) {
    if (keyOf(scanned.doc, node) === "body") return text.slice(scanned.doc.start[node], scanned.doc.end[node]);
  }
  return undefined;
}

export interface Answered {
  id: string;
  text?: string | undefined;
}

/** The whole answer, as POST /v1/fetch gives it at once. */
export function wholeAnswer(rows: readonly Answered[], summary: Summary | undefined): string {
  const responses = rows.flatMap((row) => row.text ?? []).join(",");
  return `{"responses":[${responses}],"summary":${JSON.stringify(summary ?? null)}}`;
}

/** The bodies alone, by id. */
export function bodiesByID(rows: readonly Answered[]): string {
  const members = rows.flatMap((row) => {
    const body = row.text === undefined ? undefined : bodyText(row.text);
    return body === undefined ? [] : `${JSON.stringify(row.id)}:${body}`;
  });
  return `{${members.join(",")}}`;
}
