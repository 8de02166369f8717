// What is said of a job.

import type { Job, JobState } from "../api";
import { formatMs } from "../waterfall/scale";

export function hasEnded(state: JobState): boolean {
  return state === "completed" || state === "failed" || state === "cancelled";
}

export function stateTone(state: JobState): string {
  return { queued: "", running: "warn", completed: "good", failed: "bad", cancelled: "" }[state];
}

/** How long a job has run, or ran; empty where it has not begun. */
export function tookWords(job: Job, now: number): string {
  if (job.startedAt === undefined) return "";
  const end = job.finishedAt === undefined ? now : Date.parse(job.finishedAt);
  return formatMs(Math.max(0, end - Date.parse(job.startedAt)));
}

/** "12 s ago", "5 min ago", then the date. */
export function agoWords(time: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}

/** Done items in percent; a job without items is done. */
export function donePercent(job: Job): number {
  const { done, total } = job.progress;
  return total === 0 ? (hasEnded(job.state) ? 100 : 0) : (done / total) * 100;
}
