// What stands in the editor, understood: a list of URLs, a JSON batch, or curl commands. Checks only what is needed to run it and to
// point at faults; the service judges the rest.

import type { RequestItem } from "../api";
import { readCurl } from "../curl/read";
import { position, scan, type Doc, type Fault } from "../json/scan";
import { element, locate, member } from "../json/walk";

export type Form = "empty" | "urls" | "json" | "curl";

/** A place in the editor's text and what is to be said of it. */
export interface Remark extends Fault {
  /** Offset after the last character meant. */
  until: number;
  /** Notes do not keep the batch from running. */
  severity: "fault" | "note";
  pointer?: string;
}

export interface Draft {
  form: Form;
  requests: RequestItem[];
  /** Offsets of each request in the text. */
  places: { start: number; end: number }[];
  remarks: Remark[];
  /** The scanned text, for a JSON batch without a syntax fault. */
  doc?: Doc;
}

/** Reads the editor's text; never throws. */
export function readDraft(text: string): Draft {
  const begin = text.search(/[^\s﻿]/);
  if (begin === -1) return { form: "empty", requests: [], places: [], remarks: [] };
  if (text[begin] === "{" || text[begin] === "[") return readJSON(text);
  if (/^(?:\$\s+)?curl\s/.test(text.slice(begin))) return readCommands(text);
  return readList(text);
}

export function isRunnable(draft: Draft): boolean {
  return draft.requests.length > 0 && !draft.remarks.some((remark) => remark.severity === "fault");
}

function readList(text: string): Draft {
  const draft: Draft = { form: "urls", requests: [], places: [], remarks: [] };
  let start = 0;
  for (const line of text.split("\n")) {
    const url = line.trim();
    const from = start + line.indexOf(url);
    start += line.length + 1;
    if (url === "" || url.startsWith("#")) continue;
    draft.requests.push({ url });
    draft.places.push({ start: from, end: from + url.length });
    if (!isHTTP(url)) draft.remarks.push(remark(text, from, from + url.length, "expected an absolute http or https URL"));
  }
  return draft;
}

function isHTTP(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function readJSON(text: string): Draft {
  const draft: Draft = { form: "json", requests: [], places: [], remarks: [] };
  const scanned = scan(text);
  if (!scanned.ok) {
    draft.remarks.push({ ...scanned.fault, until: scanned.fault.offset + 1, severity: "fault" });
    return draft;
  }
  const { doc } = scanned;
  draft.doc = doc;
  const list = member(doc, 0, "requests");
  const requests: unknown = list === -1 ? undefined : JSON.parse(text.slice(doc.start[list], doc.end[list]));
  if (!Array.isArray(requests)) {
    const at = list === -1 ? 0 : list;
    const message = 'expected an object with a list of "requests"';
    draft.remarks.push(remark(text, doc.start[at]!, doc.start[at]! + 1, message));
    return draft;
  }
  requests.forEach((request: unknown, index) => {
    const node = element(doc, list, index);
    draft.requests.push(isObject(request) ? (request as RequestItem) : {});
    draft.places.push({ start: doc.start[node]!, end: doc.end[node]! });
  });
  if (requests.length === 0) draft.remarks.push(remark(text, doc.start[list]!, doc.end[list]!, "expected at least one request"));
  return draft;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readCommands(text: string): Draft {
  const draft: Draft = { form: "curl", requests: [], places: [], remarks: [] };
  for (const command of readCurl(text)) {
    draft.requests.push(command.item);
    draft.places.push({ start: command.start, end: command.end });
    for (const { start, end, message, severity } of command.remarks) {
      draft.remarks.push({ ...remark(text, start, end, message), severity });
    }
  }
  return draft;
}

function remark(text: string, start: number, until: number, message: string): Remark {
  return { offset: start, until, message, severity: "fault", ...position(text, start) };
}

/** Where a fault the service reports by pointer stands in the editor's text. */
export function placeFault(text: string, draft: Draft, pointer: string | undefined, message: string): Remark {
  const found = pointer === undefined ? undefined : placeOf(draft, pointer);
  const placed = remark(text, found?.start ?? 0, found?.end ?? 0, message);
  return pointer === undefined ? placed : { ...placed, pointer };
}

function placeOf(draft: Draft, pointer: string): { start: number; end: number } | undefined {
  if (draft.doc) {
    const node = locate(draft.doc, pointer);
    return { start: draft.doc.start[node]!, end: draft.doc.end[node]! };
  }
  const index = /^#?\/requests\/(\d+)/.exec(pointer)?.[1];
  return index === undefined ? undefined : draft.places[Number(index)];
}

/** The id the service gives or keeps: the item's own, else its position. */
export function idOf(item: RequestItem, index: number): string {
  return typeof item.id === "string" && item.id !== "" ? item.id : String(index);
}
