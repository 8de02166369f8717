// Finding one's way in a scanned text: members, elements, pointers, jq paths.

import { Kind, type Doc } from "./scan";

/** The text of a node as it was written. */
export function textOf(doc: Doc, node: number): string {
  return doc.text.slice(doc.start[node], doc.end[node]);
}

/** The member's name, unescaped; undefined for the root and for elements of an array. */
export function keyOf(doc: Doc, node: number): string | undefined {
  const start = doc.keyStart[node]!;
  if (start === 0) return undefined;
  const written = doc.text.slice(start, doc.keyEnd[node]);
  return written.includes("\\") ? (JSON.parse(`"${written}"`) as string) : written;
}

/** The nodes directly inside a node, in order. */
export function* childrenOf(doc: Doc, node: number): Generator<number> {
  const stop = doc.next[node]!;
  for (let child = node + 1; child < stop; child = doc.next[child]!) yield child;
}

/** The first member of that name; -1 where there is none. */
export function member(doc: Doc, node: number, name: string): number {
  if (doc.kind[node] !== Kind.Object) return -1;
  for (const child of childrenOf(doc, node)) {
    if (keyOf(doc, child) === name) return child;
  }
  return -1;
}

/** The element at that position; -1 where there is none. */
export function element(doc: Doc, node: number, index: number): number {
  if (doc.kind[node] !== Kind.Array) return -1;
  let at = 0;
  for (const child of childrenOf(doc, node)) {
    if (at++ === index) return child;
  }
  return -1;
}

/** The value of a node, as JSON.parse gives it. */
export function valueOf(doc: Doc, node: number): unknown {
  return JSON.parse(textOf(doc, node));
}

/**
 * The node an RFC 6901 pointer names, plain or as a URI fragment ("#/requests/0/url"). Where the last steps do not exist (a missing
 * member is a common fault) it is the deepest node that does.
 */
export function locate(doc: Doc, pointer: string): number {
  const fragment = pointer.startsWith("#");
  const path = fragment ? pointer.slice(1) : pointer;
  let node = 0;
  for (const step of path.split("/").slice(1)) {
    const name = unescapeStep(step, fragment);
    const next = doc.kind[node] === Kind.Array ? element(doc, node, Number(name)) : member(doc, node, name);
    if (next === -1) return node;
    node = next;
  }
  return node;
}

function unescapeStep(step: string, fragment: boolean): string {
  const plain = step.replaceAll("~1", "/").replaceAll("~0", "~");
  if (!fragment) return plain;
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** The jq path of a node, ready for a `select`: `.responses[0].body."odd name"`. */
export function pathOf(doc: Doc, node: number): string {
  let path = "";
  for (let at = node; doc.parent[at]! !== -1; at = doc.parent[at]!) {
    path = stepOf(doc, at) + path;
  }
  if (path === "") return ".";
  return path.startsWith(".") ? path : `.${path}`;
}

function stepOf(doc: Doc, node: number): string {
  const key = keyOf(doc, node);
  if (key === undefined) return `[${indexOf(doc, node)}]`;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${key}` : `.${JSON.stringify(key)}`;
}

/** The position of an element in its array. */
export function indexOf(doc: Doc, node: number): number {
  let index = 0;
  for (const child of childrenOf(doc, doc.parent[node]!)) {
    if (child === node) return index;
    index++;
  }
  return -1;
}
