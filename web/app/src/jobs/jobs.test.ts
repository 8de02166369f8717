import { expect, test } from "vitest";
import type { Job } from "../api";
import { limitsOf, queryOf } from "../collections/values";
import { breakerTone, formatBytes, formatRatio, load, rateWords, untilWords } from "../upstreams/words";
import { agoWords, donePercent, hasEnded, tookWords } from "./words";

const begun = Date.parse("2026-01-02T03:04:05Z");
const job: Job = { id: "a", url: "/v1/jobs/a", state: "running", createdAt: "2026-01-02T03:04:05Z", startedAt: "2026-01-02T03:04:06Z", progress: { done: 1, total: 4 } };

const queued: Job = { id: "a", url: "/v1/jobs/a", state: "queued", createdAt: job.createdAt, progress: { done: 0, total: 4 } };

test("a job's words", () => {
  expect(tookWords(job, begun + 3000)).toBe("2.00 s");
  expect(tookWords({ ...job, finishedAt: "2026-01-02T03:04:06.250Z" }, begun + 99_000)).toBe("250 ms");
  expect(tookWords(queued, begun)).toBe("");
  expect(donePercent(job)).toBe(25);
  expect(donePercent({ ...job, state: "completed", progress: { done: 0, total: 0 } })).toBe(100);
  expect(["queued", "running", "completed", "failed", "cancelled"].map((state) => hasEnded(state as Job["state"]))).toEqual([false, false, true, true, true]);
});

test.each([[5_000, "5 s ago"], [185_000, "3 min ago"], [7_300_000, "2 h ago"], [200_000_000, "2026-01-02 03:04"], [-1000, "0 s ago"]])("%i ms later: %s", (later, want) => {
  expect(agoWords(job.createdAt, begun + later)).toBe(want);
});

test("an upstream's words", () => {
  expect([0, 0.5, 12.34, 200].map(rateWords)).toEqual(["∞", "0.5/s", "12/s", "200/s"]);
  expect(untilWords(undefined, begun)).toBe("");
  expect(untilWords("2026-01-02T03:04:07Z", begun)).toBe("for 2.0 s");
  expect(untilWords("2026-01-02T03:04:01Z", begun)).toBe("");
  expect(load({ inFlight: 16, concurrency: 64 })).toBe(25);
  expect(load({ inFlight: 16, concurrency: 0 })).toBe(0);
  expect(formatRatio({ hits: 0, misses: 0 })).toBe("–");
  expect(formatRatio({ hits: 3, misses: 1 })).toBe("75 %");
  expect([0, 999, 1000, 14_249, 999_949, 999_950, 3_140_000, 7e15].map(formatBytes)).toEqual(["0 B", "999 B", "1.0 kB", "14.2 kB", "999.9 kB", "1.0 MB", "3.1 MB", "7000.0 TB"]);
  expect(["closed", "open", "half-open"].map(breakerTone)).toEqual(["good", "bad", "warn"]);
});

test("a collection's values", () => {
  expect(queryOf({ user: "1", empty: "", text: "a&b" })).toBe("user=1&text=a%26b");
  expect(limitsOf({ type: "integer", required: false, min: 1, max: 10 })).toBe("at least 1, at most 10");
});
