import { describe, expect, test } from "vitest";
import { compose } from "./compose";
import { isRunnable, placeFault, readDraft } from "./draft";

describe("readDraft", () => {
  test("a list: comments and empty lines are no requests", () => {
    const draft = readDraft("# users\nhttps://a.test/1\n\n  https://a.test/2  \n");
    expect(draft.form).toBe("urls");
    expect(draft.requests).toEqual([{ url: "https://a.test/1" }, { url: "https://a.test/2" }]);
    expect(isRunnable(draft)).toBe(true);
  });

  test("a list: a line that is no URL is a fault with its place", () => {
    const draft = readDraft("https://a.test/\nftp://a.test/\n/users");
    expect(draft.remarks.map(({ line, column }) => [line, column])).toEqual([[2, 1], [3, 1]]);
    expect(isRunnable(draft)).toBe(false);
  });

  test("JSON: a syntax fault has its place", () => {
    const draft = readDraft('{"requests": [\n  {"url": }\n]}');
    expect(draft.form).toBe("json");
    expect(draft.remarks).toMatchObject([{ line: 2, column: 11, severity: "fault" }]);
  });

  test.each(['{"request": []}', "[]", '{"requests": {}}', '{"requests": []}'])("JSON: %s is not runnable", (text) => {
    expect(isRunnable(readDraft(text))).toBe(false);
  });

  test("nothing is not runnable", () => {
    expect(readDraft(" \n").form).toBe("empty");
    expect(isRunnable(readDraft(""))).toBe(false);
  });

  test("curl commands are requests", () => {
    const draft = readDraft("curl https://a.test/ -H 'accept: text/plain'\n");
    expect(draft).toMatchObject({ form: "curl", requests: [{ url: "https://a.test/", headers: { accept: "text/plain" } }], remarks: [] });
  });
});

describe("placeFault", () => {
  test("in JSON at the value a pointer names", () => {
    const text = '{\n  "requests": [{"url": "x"}]\n}';
    const placed = placeFault(text, readDraft(text), "#/requests/0/url", "no");
    expect(text.slice(placed.offset, placed.until)).toBe('"x"');
    expect(placed.line).toBe(2);
  });

  test("in a list at the line of the request", () => {
    const text = "https://a.test/1\n# no\nhttps://a.test/2\n";
    expect(placeFault(text, readDraft(text), "#/requests/1/url", "no")).toMatchObject({ line: 3, column: 1 });
  });

  test("without a pointer at the begin", () => {
    expect(placeFault("x", readDraft("x"), undefined, "no")).toMatchObject({ offset: 0, until: 0 });
  });
});

describe("compose", () => {
  test("a list becomes a batch with the options", () => {
    const text = "https://a.test/1\nhttps://a.test/2";
    expect(JSON.parse(compose(text, readDraft(text), { cache: "no-store", concurrency: 1, timeout: "3s" }))).toEqual({
      requests: [{ url: "https://a.test/1", cache: "no-store" }, { url: "https://a.test/2", cache: "no-store" }],
      concurrency: 1,
      timeout: "3s",
    });
  });

  test("JSON keeps every byte that no option touches", () => {
    const text = '{ "requests": [ {"url": "https://a.test/", "body": {"n": 9007199254740993, "m": 1e400}} ] }';
    expect(compose(text, readDraft(text), {})).toBe(text);
    const composed = compose(text, readDraft(text), { cache: "no-store", concurrency: 1 });
    expect(composed).toContain('{"n": 9007199254740993, "m": 1e400}');
    expect(JSON.parse(composed)).toMatchObject({ concurrency: 1, requests: [{ cache: "no-store" }] });
  });

  test("JSON's own members are replaced, not doubled", () => {
    const text = '{"concurrency": 8, "requests": [{"cache": "reload", "url": "https://a.test/"}], "timeout": "1s"}';
    expect(compose(text, readDraft(text), { cache: "no-store", concurrency: 0, timeout: "2s" })).toBe(
      '{"concurrency": 0, "requests": [{"cache": "no-store", "url": "https://a.test/"}], "timeout": "2s"}',
    );
  });
});
