// Which nodes of a scanned text are to be seen, in order, given what is expanded. Nothing is made of what is not.

import { Kind, type Doc } from "../json/scan";
import { keyOf } from "../json/walk";

export interface Visible {
  /** Node indices in the order shown. */
  nodes: Uint32Array;
  /** The depth of each, the root's being 0. */
  depths: Uint32Array;
  length: number;
}

export function isContainer(doc: Doc, node: number): boolean {
  return doc.kind[node]! >= Kind.Array && doc.children[node]! > 0;
}

/** The rows of a tree; `expanded` says whether a container's children are shown. */
export function flatten(doc: Doc, expanded: (node: number) => boolean): Visible {
  const nodes = new Uint32Array(doc.count);
  const depths = new Uint32Array(doc.count);
  const ends: number[] = [];
  let length = 0;
  for (let node = 0; node < doc.count; ) {
    while (ends.length > 0 && ends[ends.length - 1]! <= node) ends.pop();
    nodes[length] = node;
    depths[length] = ends.length;
    length++;
    if (isContainer(doc, node) && expanded(node)) {
      ends.push(doc.next[node]!);
      node++;
    } else node = doc.next[node]!;
  }
  return { nodes, depths, length };
}

/** The containers to open at first: level by level from the root, as long as no more than `rows` rows are shown. */
export function firstExpansion(doc: Doc, rows: number): Set<number> {
  const open = new Set<number>();
  let shown = 1;
  let level = [0];
  while (level.length > 0) {
    const deeper: number[] = [];
    for (const node of level) {
      if (!isContainer(doc, node)) continue;
      const children = doc.children[node]!;
      if (node !== 0 && shown + children > rows) continue;
      open.add(node);
      shown += children;
      if (children > rows) continue;
      const stop = doc.next[node]!;
      for (let child = node + 1; child < stop; child = doc.next[child]!) deeper.push(child);
    }
    level = deeper;
  }
  return open;
}

const longest = 240;

/** How a node's name is written in its row; an element's is its position, which the caller knows. */
export function labelOf(doc: Doc, node: number): string | undefined {
  return keyOf(doc, node);
}

/** A node's value in one line: a scalar as written, a container as the begin of its text. */
export function previewOf(doc: Doc, node: number): string {
  const start = doc.start[node]!;
  const end = doc.end[node]!;
  const most = isContainer(doc, node) ? 120 : longest;
  const cut = end - start > most;
  const text = doc.text.slice(start, cut ? start + most : end).replace(/\s+/g, " ");
  return cut ? `${text}…` : text;
}

/** "3 keys", "1 item". */
export function sizeOf(doc: Doc, node: number): string {
  const count = doc.children[node]!;
  const noun = doc.kind[node] === Kind.Array ? "item" : "key";
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
