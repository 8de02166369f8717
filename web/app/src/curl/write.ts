// Writes curl command lines: one for a batch, one for a single item sent straight to its upstream.

import type { RequestItem } from "../api";
import { quote } from "./quote";

/** The command that sends this batch to the service at that origin; the key is named as a variable and never written out. */
export function curlOfBatch(origin: string, body: string, withKey: boolean): string {
  const parts = ["curl -sS", quote(`${origin}/v1/fetch`), "-H 'Content-Type: application/json'"];
  if (withKey) parts.push('-H "X-API-Key: $GATHER_KEY"');
  // --data-raw: a batch is never the name of a file, whatever it starts with.
  parts.push(`--data-raw ${quote(body)}`);
  return parts.join(" \\\n  ");
}

/** The command that sends one item without the service; undefined where only the service can resolve it. */
export function curlOfItem(item: RequestItem): string | undefined {
  if (item.url === undefined || item.upstream !== undefined || JSON.stringify(item).includes("{{")) return undefined;
  const method = item.method ?? "GET";
  // -g: brackets and braces in a URL are not curl's patterns.
  const parts = ["curl -sS -g"];
  if (method === "HEAD") parts.push("-I");
  else if (method !== (item.body === undefined ? "GET" : "POST")) parts.push(`-X ${quote(method)}`);
  const headers = Object.entries(item.headers ?? {});
  for (const [name, value] of headers) parts.push(`-H ${quote(value === "" ? `${name};` : `${name}: ${value}`)}`);
  if (item.body !== undefined) {
    const typed = headers.some(([name]) => name.toLowerCase() === "content-type");
    if (!typed) parts.push("-H 'Content-Type: application/json'");
    parts.push(`--data-raw ${quote(typed && typeof item.body === "string" ? item.body : JSON.stringify(item.body))}`);
  }
  parts.push(quote(item.url));
  return parts.join(" ");
}
