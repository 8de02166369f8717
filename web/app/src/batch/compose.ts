// Turns a draft into the body that is sent. A JSON batch is edited in its text, never re-encoded, so that its numbers arrive as written.

import type { Batch, CacheMode } from "../api";
import { Kind, type Doc } from "../json/scan";
import { childrenOf, keyOf, member } from "../json/walk";
import type { Draft } from "./draft";

/** What the page's own controls say; undefined leaves the text's word, or the service's default. */
export interface Options {
  timeout?: string;
  concurrency?: number;
  cache?: CacheMode;
}

/** The batch of a list or of curl commands, or the JSON text with the options put in. */
export function compose(text: string, draft: Draft, options: Options): string {
  if (draft.doc) return composeJSON(text, draft.doc, options);
  return JSON.stringify(batchOf(draft, options));
}

/** The batch as an object, for lists and commands. */
export function batchOf(draft: Draft, options: Options): Batch {
  const requests = draft.requests.map((item) => (options.cache === undefined ? item : { ...item, cache: options.cache }));
  const batch: Batch = { requests };
  if (options.timeout !== undefined) batch.timeout = options.timeout;
  if (options.concurrency !== undefined) batch.concurrency = options.concurrency;
  return batch;
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

function composeJSON(text: string, doc: Doc, options: Options): string {
  const edits: Edit[] = [];
  if (options.concurrency !== undefined) edits.push(set(doc, 0, "concurrency", String(options.concurrency)));
  if (options.timeout !== undefined) edits.push(set(doc, 0, "timeout", JSON.stringify(options.timeout)));
  const list = member(doc, 0, "requests");
  if (options.cache !== undefined && list !== -1) {
    for (const node of childrenOf(doc, list)) {
      if (doc.kind[node] === Kind.Object) edits.push(set(doc, node, "cache", JSON.stringify(options.cache)));
    }
  }
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((whole, edit) => whole.slice(0, edit.start) + edit.text + whole.slice(edit.end), text);
}

function set(doc: Doc, object: number, name: string, value: string): Edit {
  for (const child of childrenOf(doc, object)) {
    if (keyOf(doc, child) === name) return { start: doc.start[child]!, end: doc.end[child]!, text: value };
  }
  const after = doc.start[object]! + 1;
  return { start: after, end: after, text: `${JSON.stringify(name)}: ${value}${doc.children[object] === 0 ? "" : ", "}` };
}
