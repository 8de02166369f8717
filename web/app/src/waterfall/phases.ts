// The phases of an item's time, in the order in which they happen.

import type { Timing } from "../api";

export const phases = ["queued", "dns", "connect", "tls", "wait", "receive"] as const;
export type Phase = (typeof phases)[number];

export const phaseNames: Record<Phase, string> = {
  queued: "queued",
  dns: "DNS",
  connect: "connect",
  tls: "TLS",
  wait: "wait",
  receive: "receive",
};

export interface Segment {
  /** "other" is time that belongs to no phase: the pauses between attempts, selection. */
  phase: Phase | "other";
  start: number;
  length: number;
}

// Below this nothing can be seen, and the sum of the rounded phases may differ from the total.
const least = 0.05;

/** An item's timing as consecutive stretches of the axis. */
export function segments(timing: Timing): Segment[] {
  const found: Segment[] = [];
  let at = timing.start ?? 0;
  const begin = at;
  for (const phase of phases) {
    const length = timing[phase] ?? 0;
    if (length <= 0) continue;
    found.push({ phase, start: at, length });
    at += length;
  }
  const rest = (timing.total ?? 0) - (at - begin);
  if (rest > least) found.push({ phase: "other", start: at, length: rest });
  return found;
}

export function endOf(timing: Timing | undefined): number {
  return timing === undefined ? 0 : (timing.start ?? 0) + (timing.total ?? 0);
}
