// What the waterfall says of a row.

import type { RequestItem } from "../api";
import type { Row } from "../fetch/row";
import type { RunState } from "../fetch/run.svelte";

export interface Target {
  method: string;
  /** Empty where every row has the same. */
  host: string;
  path: string;
}

/** How an item's target is named in its row. */
export function targetOf(item: RequestItem, commonHost: string): Target {
  const { host, path } = partsOf(item);
  return { method: item.method === undefined || item.method === "GET" ? "" : item.method, host: host === commonHost ? "" : host, path };
}

/** The host that all items share; empty where they do not. */
export function commonHostOf(rows: readonly Row[]): string {
  const hosts = new Set(rows.map((row) => partsOf(row.item).host));
  return hosts.size === 1 ? [...hosts][0]! : "";
}

function partsOf(item: RequestItem): { host: string; path: string } {
  const url = item.url ?? "";
  if (item.upstream !== undefined) return { host: item.upstream, path: url };
  const found = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url);
  return found === null ? { host: "", path: url } : { host: found[1]!, path: found[2]! || "/" };
}

/** The badge of a row. */
export function badgeOf(row: Row, run: RunState): { word: string; tone: "good" | "bad" | "" } {
  if (row.response?.collected) return { word: "collected", tone: "good" };
  if (row.response) return { word: "not collected", tone: "bad" };
  if (run === "pending") return { word: "next", tone: "" };
  if (run !== "running") return { word: "no answer", tone: "" };
  return { word: row.state === "running" ? "in progress" : "waiting", tone: "" };
}

/** The cache's part in a response, in a word or two, of its RFC 9211 value; empty where it had none. */
export function cacheWord(status: string | undefined): string {
  if (status === undefined || status === "") return "";
  if (/(?:^|;)\s*hit\b/.test(status)) return "hit";
  if (/;\s*collapsed\b/.test(status)) return "shared";
  const reason = /fwd=([a-z-]+)/.exec(status)?.[1] ?? "";
  const words: Record<string, string> = { bypass: "bypass", method: "bypass", request: "reload", stale: "stale", partial: "partial" };
  return words[reason] ?? "miss";
}
