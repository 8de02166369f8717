// What is said of an upstream's state.

import type { Upstream } from "../api";

/** "12/s", "0.5/s", "∞" for unlimited. */
export function rateWords(rate: number): string {
  if (rate === 0) return "∞";
  return `${Number(rate.toFixed(rate < 10 ? 1 : 0))}/s`;
}

/** How long a cool-down still lasts; empty where there is none. */
export function untilWords(until: string | undefined, now: number): string {
  if (until === undefined) return "";
  const left = Date.parse(until) - now;
  return left > 0 ? `for ${(left / 1000).toFixed(left < 9950 ? 1 : 0)} s` : "";
}

/** Calls in flight as a share of what is allowed, in percent. */
export function load({ inFlight, concurrency }: Pick<Upstream, "inFlight" | "concurrency">): number {
  return concurrency === 0 ? 0 : Math.min(100, (inFlight / concurrency) * 100);
}

export function formatRatio({ hits, misses }: { hits: number; misses: number }): string {
  const all = hits + misses;
  return all === 0 ? "–" : `${Math.round((hits / all) * 100)} %`;
}

export function breakerTone(state: string): string {
  return state === "closed" ? "good" : state === "open" ? "bad" : "warn";
}

/** "812 B", "14.2 kB", "3.1 MB"; a kilobyte is 1000 bytes. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  // 999.95 would be written as 1000.0.
  for (; size >= (unit === 0 ? 1000 : 999.95) && unit < units.length - 1; unit++) size /= 1000;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
