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
  /** "other" is time that belongs to no phase: earlier attempts, selection. */
  phase: Phase | "other";
  start: number;
  length: number;
}

// Below this nothing can be seen, and the sum of the rounded phases may differ from the total.
const least = 0.05;

/**
 * An item's timing as consecutive stretches of the axis. The phases are those of the last attempt: what earlier attempts and the pauses between them
 * took stands before them, behind the queue. Of a single attempt the rest is what was done with the body, and stands last.
 */
export function segments(timing: Timing, attempts = 1): Segment[] {
  const lengths = phases.map((phase) => [phase, timing[phase]] as const);
  const rest = timing.total - lengths.reduce((sum, [, length]) => sum + length, 0);
  const all: (readonly [Segment["phase"], number])[] = [...lengths];
  if (rest > least) all.splice(attempts > 1 ? 1 : all.length, 0, ["other", rest]);
  const found: Segment[] = [];
  let at = timing.start;
  for (const [phase, length] of all) {
    if (length > 0) found.push({ phase, start: at, length });
    at += length;
  }
  return found;
}

export function endOf(timing: Timing | undefined): number {
  return timing === undefined ? 0 : timing.start + timing.total;
}
