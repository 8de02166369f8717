import { describe, expect, test } from "vitest";
import type { ResponseHead } from "../api";
import { bodiesByID, bodyText, readHead, wholeAnswer } from "./answer";
import { dependenciesOf, rowsOf, startable } from "./row";

const ids = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);

describe("startable", () => {
  const three = rowsOf([{ url: "a" }, { url: "b" }, { url: "c" }]);

  test("all at once, or as many as may be in flight", () => {
    expect(ids(startable(three, 0))).toEqual(["0", "1", "2"]);
    expect(ids(startable(three, 1))).toEqual(["0"]);
    expect(ids(startable([{ ...three[0]!, state: "running" }, three[1]!, three[2]!], 2))).toEqual(["1"]);
  });

  test("an item waits for what it depends on, and for nothing else", () => {
    const rows = rowsOf([{ id: "user", url: "a" }, { id: "todos", url: "b?u={{user.body.id}}" }, { id: "other", url: "c" }]);
    expect(ids(startable(rows, 0))).toEqual(["user", "other"]);
    const response: ResponseHead = { id: "user", collected: true, status: 200 };
    expect(ids(startable([{ ...rows[0]!, state: "collected", response }, rows[1]!, rows[2]!], 0))).toEqual(["todos", "other"]);
  });

  test("a reference to nothing of the batch holds nothing up", () => {
    expect(ids(startable(rowsOf([{ url: "{{params.x}}" }]), 0))).toEqual(["0"]);
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
