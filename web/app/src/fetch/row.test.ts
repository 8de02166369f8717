import { describe, expect, test } from "vitest";
import type { ResponseHead } from "../api";
import { bodiesByID, bodyText, readHead, wholeAnswer } from "./answer";
import { advance, dependenciesOf, rowsOf, withResponse, type Row } from "./row";

const states = (rows: Row[]): string[] => rows.map(({ state }) => state);

const timing = { start: 0, queued: 0, dns: 0, connect: 0, tls: 0, wait: 0, receive: 0, total: 0 };
const response: ResponseHead = { id: "any", collected: true, status: 200, attempts: 1, timing };

describe("advance", () => {
  const three = rowsOf([{ url: "a" }, { url: "b" }, { url: "c" }]);

  test("all at once, or as many as may be in flight", () => {
    expect(states(advance(three, 0, 0))).toEqual(["running", "running", "running"]);
    expect(states(advance(three, 1, 0))).toEqual(["running", "waiting", "waiting"]);
    expect(states(advance(advance(three, 2, 0), 2, 5))).toEqual(["running", "running", "waiting"]);
  });

  test("a turn comes when an answer does, and is counted from then", () => {
    const begun = advance(three, 1, 0);
    const next = advance([{ ...begun[0]!, state: "collected", response }, begun[1]!, begun[2]!], 1, 1000);
    expect(states(next)).toEqual(["collected", "running", "waiting"]);
    expect(next[1]).toMatchObject({ ready: 0, since: 1000 });
  });

  test("an item waits for what it depends on, and for nothing else", () => {
    const rows = advance(rowsOf([{ id: "user", url: "a" }, { id: "todos", url: "b?u={{user.body.id}}" }, { id: "other", url: "c" }]), 0, 0);
    expect(states(rows)).toEqual(["running", "blocked", "running"]);
    const next = advance([{ ...rows[0]!, state: "collected", response }, rows[1]!, rows[2]!], 0, 40);
    expect(next[1]).toMatchObject({ state: "running", ready: 40, since: 40 });
  });

  test("a reference to nothing of the batch holds nothing up", () => {
    expect(states(advance(rowsOf([{ url: "{{params.x}}" }]), 0, 0))).toEqual(["running"]);
  });

  test("dependencies are found wherever they are written", () => {
    expect(dependenciesOf({ url: "a", dependsOn: ["x"], forEach: "y.body.ids[]", headers: { a: "{{ z.headers.etag }}" } }).sort()).toEqual(["x", "y", "z"]);
  });
});

describe("answers", () => {
  const text = '{"id":"a","collected":true,"status":200,"body":{"n":9007199254740993},"attempts":1}';

  test("a head is read without its body", () => {
    expect(readHead(text)).toEqual({ id: "a", collected: true, status: 200, attempts: 1 });
    expect(readHead("[]")).toBeUndefined();
    expect(readHead('{"id":')).toBeUndefined();
  });

  test("bodies stay as they were written", () => {
    expect(bodyText(text)).toBe('{"n":9007199254740993}');
    expect(bodiesByID([{ id: "a", text }, { id: "b", text: '{"id":"b"}' }, { id: "c" }])).toBe('{"a":{"n":9007199254740993}}');
    const summary = { requests: 1, collected: 1, notCollected: 0, durationMs: 1, sequentialMs: 1 };
    expect(wholeAnswer([{ id: "a", text }, { id: "c" }], summary)).toBe(`{"responses":[${text}],"summary":${JSON.stringify(summary)}}`);
  });
});

test("a response goes to its row, or makes one", () => {
  const known = rowsOf([{ id: "a", url: "x" }, { id: "b", url: "y" }]);
  const failed = withResponse(known, { ...response, id: "b", collected: false }, "{}");
  expect(states(failed)).toEqual(["blocked", "not-collected"]);
  expect(failed[1]).toMatchObject({ item: { url: "y" }, text: "{}" });
  const more = withResponse(withResponse([], { ...response, id: "b" }, "1"), { ...response, id: "a" }, "2");
  expect(more).toMatchObject([{ id: "b", index: 0, text: "1" }, { id: "a", index: 1, text: "2", state: "collected" }]);
});
