import { describe, expect, test } from "vitest";
import type { Timing } from "../api";
import { endOf, segments } from "./phases";
import { formatFactor, formatMs, formatTick, percent, scaleFor } from "./scale";
import { cacheWord, commonHostOf, targetOf } from "./words";

describe("scaleFor", () => {
  test.each([
    [3020, [0, 1000, 2000, 3000]],
    [1010, [0, 200, 400, 600, 800, 1000]],
    [81, [0, 20, 40, 60, 80]],
    [0, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ])("%i ms", (span, ticks) => {
    expect(scaleFor(span, false).ticks.map((tick) => Number(tick.toFixed(6)))).toEqual(ticks);
  });

  test("the axis of a live run only grows, and seldom", () => {
    let last = 0;
    const ends = new Set<number>();
    for (let span = 1; span < 10_000; span += 16) {
      const { max } = scaleFor(span, true);
      expect(max).toBeGreaterThan(span);
      expect(max).toBeGreaterThanOrEqual(last);
      last = max;
      ends.add(max);
    }
    expect(ends.size).toBeLessThan(40);
  });

  test("places stay on the axis", () => {
    const scale = scaleFor(100, false);
    expect(percent(-5, scale)).toBe(0);
    expect(percent(1e9, scale)).toBe(100);
    expect(percent(51, scale)).toBeCloseTo(50);
  });
});

test.each([[0, "0 ms"], [0.04, "0 ms"], [1.25, "1.3 ms"], [9.96, "10 ms"], [81.2, "81 ms"], [999.4, "999 ms"], [999.6, "1.00 s"], [3021, "3.02 s"], [9996, "10.0 s"], [62_500, "62.5 s"], [185_000, "3 min 5 s"], [Number.NaN, "–"]])(
  "formatMs(%f) is %s",
  (ms, want) => {
    expect(formatMs(ms)).toBe(want);
  },
);

test("an axis has one unit", () => {
  const scale = scaleFor(3000, false);
  expect(scale.ticks.map((tick) => formatTick(tick, scale))).toEqual(["0", "0.5 s", "1 s", "1.5 s", "2 s", "2.5 s", "3 s"]);
});

test.each([[2.98, "3.0×"], [9.96, "10×"], [12.4, "12×"], [1, "1.0×"]])("formatFactor(%f) is %s", (factor, want) => {
  expect(formatFactor(factor)).toBe(want);
});

const zero: Timing = { start: 0, queued: 0, dns: 0, connect: 0, tls: 0, wait: 0, receive: 0, total: 0 };

describe("segments", () => {
  test("phases follow each other from the start", () => {
    expect(segments({ ...zero, start: 5, queued: 1, connect: 2, wait: 10, receive: 1, total: 14 })).toEqual([
      { phase: "queued", start: 5, length: 1 },
      { phase: "connect", start: 6, length: 2 },
      { phase: "wait", start: 8, length: 10 },
      { phase: "receive", start: 18, length: 1 },
    ]);
  });

  test("earlier attempts stand before the last one's phases", () => {
    expect(segments({ ...zero, queued: 1, wait: 10, total: 100 }, 3).map(({ phase, start }) => [phase, start])).toEqual([["queued", 0], ["other", 1], ["wait", 90]]);
  });

  test("of one attempt the rest stands last", () => {
    expect(segments({ ...zero, wait: 10, total: 12 }).at(-1)).toEqual({ phase: "other", start: 10, length: 2 });
    expect(segments({ ...zero, wait: 10, total: 10.01 })).toHaveLength(1);
  });

  test("an absent timing ends at 0", () => {
    expect(endOf(undefined)).toBe(0);
    expect(segments(zero)).toEqual([]);
  });
});

describe("words", () => {
  test.each([
    ["hit; ttl=30", "hit"], ["fwd=uri-miss; stored", "miss"], ["fwd=uri-miss; collapsed", "shared"], ["fwd=bypass", "bypass"], ["fwd=request; fwd-status=200", "reload"], ["fwd=stale; fwd-status=304", "stale"], [undefined, ""],
  ])("cacheWord(%s) is %j", (status, want) => {
    expect(cacheWord(status)).toBe(want);
  });

  test("a host that all share is not repeated", () => {
    const rows = ["https://a.test/1", "https://a.test/2"].map((url, index) => ({ id: String(index), index, item: { url }, state: "waiting" as const, ready: 0, since: 0 }));
    expect(commonHostOf(rows)).toBe("a.test");
    expect(targetOf(rows[0]!.item, "a.test")).toEqual({ method: "", host: "", path: "/1" });
    expect(targetOf({ url: "/x", upstream: "u", method: "POST" }, "")).toEqual({ method: "POST", host: "u", path: "/x" });
    expect(targetOf({ url: "https://a.test" }, "")).toEqual({ method: "", host: "a.test", path: "/" });
  });
});
