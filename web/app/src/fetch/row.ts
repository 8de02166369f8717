// A row of the waterfall: one item, from the moment the batch is sent.

import type { RequestItem, ResponseHead } from "../api";
import { idOf } from "../batch/draft";

/** What a row shows: "blocked" by a dependency, "waiting" for its turn, "running" as far as the page can tell, or answered. */
export type RowState = "blocked" | "waiting" | "running" | "collected" | "not-collected";

export interface Row {
  id: string;
  index: number;
  item: RequestItem;
  state: RowState;
  /** Milliseconds since the batch was sent, when the row could have run. */
  ready: number;
  /** Milliseconds since the batch was sent, when the row began to run. */
  since: number;
  response?: ResponseHead;
  /** The response object as it arrived. */
  text?: string;
}

const reference = /\{\{\s*([A-Za-z0-9_-]+)\./g;

export function rowsOf(requests: RequestItem[]): Row[] {
  return requests.map((item, index) => ({ id: idOf(item, index), index, item, state: "blocked", ready: 0, since: 0 }));
}

/** The rows with a response in its own; a response of an item nobody told of, as a collection's are, gets a row behind the others. */
export function withResponse(rows: readonly Row[], response: ResponseHead, text: string): Row[] {
  const answer = { response, text, state: response.collected ? "collected" : "not-collected" } as const;
  if (rows.some((row) => row.id === response.id)) return rows.map((row) => (row.id === response.id ? { ...row, ...answer } : row));
  return [...rows, { id: response.id, index: rows.length, item: { id: response.id }, ready: 0, since: 0, ...answer }];
}

/** The ids that must be answered before this item can start. */
export function dependenciesOf(item: RequestItem): string[] {
  const found = new Set(item.dependsOn ?? []);
  if (typeof item.forEach === "string") found.add(/^[A-Za-z0-9_-]+/.exec(item.forEach)?.[0] ?? "");
  for (const [, id] of JSON.stringify(item).matchAll(reference)) found.add(id!);
  return [...found];
}

/**
 * The rows as they stand at a moment, in milliseconds since the batch was sent: the service starts items in order, as many as `concurrency` allows
 * (0: all), each once what it depends on is answered. Until an item's own timing arrives this is the page's best knowledge.
 */
export function advance(rows: readonly Row[], concurrency: number, now: number): Row[] {
  const ids = new Set(rows.map((row) => row.id));
  const answered = new Set(rows.filter((row) => row.response !== undefined).map((row) => row.id));
  const isReady = (row: Row): boolean => dependenciesOf(row.item).every((id) => !ids.has(id) || answered.has(id));
  let free = concurrency > 0 ? concurrency - rows.filter((row) => row.state === "running").length : Number.POSITIVE_INFINITY;
  return rows.map((row) => {
    let next = row;
    if (next.state === "blocked" && isReady(next)) next = { ...next, state: "waiting", ready: now };
    if (next.state === "waiting" && free > 0) {
      next = { ...next, state: "running", since: now };
      free--;
    }
    return next;
  });
}
