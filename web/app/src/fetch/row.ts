// A row of the waterfall: one item, from the moment the batch is sent.

import type { RequestItem, ResponseHead } from "../api";
import { idOf } from "../batch/draft";

/** What a row shows: "waiting" for a turn or a dependency, "running" as far as the page can tell, or answered. */
export type RowState = "waiting" | "running" | "collected" | "not-collected";

export interface Row {
  id: string;
  index: number;
  item: RequestItem;
  state: RowState;
  /** Milliseconds since the batch was sent, when the row began to run. */
  since: number;
  response?: ResponseHead;
  /** The response object as it arrived. */
  text?: string;
}

const reference = /\{\{\s*([A-Za-z0-9_-]+)\./g;

export function rowsOf(requests: RequestItem[]): Row[] {
  return requests.map((item, index) => ({ id: idOf(item, index), index, item, state: "waiting", since: 0 }));
}

/** The ids that must be answered before this item can start. */
export function dependenciesOf(item: RequestItem): string[] {
  const found = new Set(item.dependsOn ?? []);
  if (typeof item.forEach === "string") found.add(/^[A-Za-z0-9_-]+/.exec(item.forEach)?.[0] ?? "");
  for (const [, id] of JSON.stringify(item).matchAll(reference)) found.add(id!);
  return [...found];
}

/**
 * The rows that begin to run now: the service starts items in order, as many as `concurrency` allows (0: all), each once what it depends on is
 * answered. Until an item's own timing arrives this is the page's best knowledge.
 */
export function startable(rows: readonly Row[], concurrency: number): Row[] {
  const ids = new Set(rows.map((row) => row.id));
  const answered = new Set(rows.filter((row) => row.response !== undefined).map((row) => row.id));
  let free = concurrency > 0 ? concurrency - rows.filter((row) => row.state === "running").length : Number.POSITIVE_INFINITY;
  const found: Row[] = [];
  for (const row of rows) {
    if (free <= 0) break;
    if (row.state !== "waiting") continue;
    if (!dependenciesOf(row.item).every((id) => !ids.has(id) || answered.has(id))) continue;
    found.push(row);
    free--;
  }
  return found;
}
