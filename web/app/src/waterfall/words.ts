// What the waterfall says of a row.

import type { RequestItem } from "../api";
import type { Row } from "../fetch/row";

/** The method, where it is not GET, and the shortest telling part of the target. */
export function targetOf(item: RequestItem): string {
  const method = item.method === undefined || item.method === "GET" ? "" : `${item.method} `;
  const url = item.url ?? "?";
  if (item.upstream !== undefined) return `${method}${item.upstream}${url}`;
  return method + url.replace(/^https?:\/\//i, "");
}

/** One or two words for a row's state: the status where there is one, the error's code where there is one. */
export function stateWord(row: Row, live: boolean): string {
  if (row.response === undefined) {
    if (!live) return "not answered";
    return row.state === "running" ? "…" : "waiting";
  }
  return row.response.error?.code ?? String(row.response.status);
}
