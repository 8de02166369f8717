// Takes a response object apart without reading its body, and puts the collected answers together, as text.

import type { ResponseHead, Summary } from "../api";
import { splitObject } from "../json/object";

/** The head of a response object; undefined where the text is not one. */
export function readHead(text: string): ResponseHead | undefined {
  const head = splitObject(text, "body")?.rest;
  return typeof head?.id === "string" ? (head as unknown as ResponseHead) : undefined;
}

/** The body inside a response object, as it was written; undefined where there is none. */
export function bodyText(text: string): string | undefined {
  return splitObject(text, "body")?.apart;
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
