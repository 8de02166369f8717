// Reads an object but for one member, which may be large and whose numbers matter: that one stays text.

import { Kind, scan } from "./scan";
import { childrenOf, keyOf, textOf, valueOf } from "./walk";

export interface SplitObject {
  /** All other members, as values. */
  rest: Record<string, unknown>;
  /** The member kept apart, as it was written; undefined where the object has none. */
  apart: string | undefined;
}

/** Undefined where the text is not one JSON object. */
export function splitObject(text: string, name: string): SplitObject | undefined {
  const scanned = scan(text);
  if (!scanned.ok || scanned.doc.kind[0] !== Kind.Object) return undefined;
  const split: SplitObject = { rest: {}, apart: undefined };
  for (const node of childrenOf(scanned.doc, 0)) {
    const key = keyOf(scanned.doc, node)!;
    if (key === name) split.apart = textOf(scanned.doc, node);
    else split.rest[key] = valueOf(scanned.doc, node);
  }
  return split;
}
