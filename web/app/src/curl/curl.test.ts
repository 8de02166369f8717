import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { RequestItem } from "../api";
import { quote } from "./quote";
import { readCurl } from "./read";
import { curlOfBatch, curlOfItem } from "./write";

function inShell(command: string): string {
  return execFileSync("sh", ["-c", command], { encoding: "utf8" });
}

const awkward = ["plain", "", "two words", "it's", "''", `"double"`, "$HOME `id` $(id)", "a\nb", "\\", "*?[a]{b}", "~", "!", "-n", "é 漢 🙂", "%s\\n", "#no comment", "a'\\''b"];

describe("quote", () => {
  test.each(awkward)("a shell reads %j back", (word) => {
    expect(inShell(`printf '%s' ${quote(word)}`)).toBe(word);
  });

  test("leaves plain words alone", () => {
    expect(quote("https://a.test/x")).toBe("https://a.test/x");
    expect(quote("https://a.test/?a=1&b=2")).toBe("'https://a.test/?a=1&b=2'");
  });
});

describe("curlOfBatch", () => {
  test("the shell hands curl exactly the body", () => {
    const body = JSON.stringify({ requests: awkward.map((id) => ({ id })) });
    const command = curlOfBatch("http://127.0.0.1:8080", body, false).replace(/^curl -sS/, "printf '%s\\n' ");
    expect(inShell(command).trimEnd().split("\n").at(-1)).toBe(body);
  });

  test("never holds the key", () => {
    expect(curlOfBatch("http://h", "{}", true)).toContain('-H "X-API-Key: $GATHER_KEY"');
  });
});

describe("curlOfItem and readCurl", () => {
  const items: RequestItem[] = [
    { url: "https://a.test/x?a=1&b=[2]" },
    { url: "https://a.test/", method: "HEAD" },
    { url: "https://a.test/", method: "DELETE", headers: { "x-odd": "it's; \"so\"", "x-empty": "" } },
    { url: "https://a.test/", method: "POST", body: { a: [1, null], b: "é" } },
    { url: "https://a.test/", method: "PUT", headers: { "content-type": "text/plain" }, body: "a=1&b='2'" },
  ];

  test.each(items)("%j comes back from its own command", (item) => {
    const [command] = readCurl(curlOfItem(item)!);
    expect(command?.remarks).toEqual([]);
    expect(command?.item).toEqual(item);
  });

  test.each<RequestItem>([{ url: "/x", upstream: "u" }, { url: "https://a.test/{{user.body.id}}" }, {}])("%j has no command of its own", (item) => {
    expect(curlOfItem(item)).toBeUndefined();
  });
});

describe("readCurl", () => {
  test.each<[string, RequestItem]>([
    ["curl a.test", { url: "http://a.test" }],
    ["$ curl https://a.test", { url: "https://a.test" }],
    ["curl -sSLXPUT https://a.test", { url: "https://a.test", method: "PUT" }],
    ["curl https://a.test \\\n  -H 'X-A: 1' \\\n  -H \"X-B: 2\"", { url: "https://a.test", headers: { "x-a": "1", "x-b": "2" } }],
    ["curl https://a.test -u me:pa55", { url: "https://a.test", headers: { authorization: "Basic bWU6cGE1NQ==" } }],
    ["curl https://a.test --json '{\"a\":1}'", { url: "https://a.test", method: "POST", body: { a: 1 }, headers: { accept: "application/json" } }],
    ["curl https://a.test -d a=1 -d b=2", { url: "https://a.test", method: "POST", body: "a=1&b=2", headers: { "content-type": "application/x-www-form-urlencoded" } }],
    ["curl -G https://a.test --data-urlencode 'q=a b'", { url: "https://a.test?q=a%20b" }],
    ["curl -m 2.5 --url https://a.test", { url: "https://a.test", timeout: "2.5s" }],
    ["curl https://a.test -d $'it\\'s\\u00e9' -H 'content-type: text/plain'", { url: "https://a.test", method: "POST", body: "it'sé", headers: { "content-type": "text/plain" } }],
    ["curl -I https://a.test", { url: "https://a.test", method: "HEAD" }],
  ])("%s", (text, want) => {
    const [command] = readCurl(text);
    expect(command?.remarks).toEqual([]);
    expect(command?.item).toEqual(want);
  });

  test("a JSON body with a number JavaScript cannot hold stays text", () => {
    const [command] = readCurl(`curl https://a.test --json '{"n": 9007199254740993}'`);
    expect(command?.item.body).toBe('{"n": 9007199254740993}');
  });

  test("several commands are several requests", () => {
    expect(readCurl("curl https://a.test/1; curl https://a.test/2\ncurl https://a.test/3 && curl https://a.test/4").map(({ item }) => item.url)).toHaveLength(4);
  });

  test.each([
    ["curl https://a.test --proxy http://p", "--proxy"],
    ["curl https://a.test -F a=@b", "-F"],
    ["curl https://a.test -d @file", "file"],
    ["curl https://a.test | jq .", "shell's |"],
    ["curl https://a.test > out", "shell's >"],
    ["curl https://a.test -H \"Authorization: Bearer $TOKEN\"", "$TOKEN"],
    ["curl https://a.test --unheard-of", "--unheard-of"],
    ["curl https://a.test https://b.test", "second URL"],
    ["curl -H 'a: b'", "expected a URL"],
    ["curl https://a.test -H", "expected a value"],
    ["curl https://a.test 'open", "never closed"],
    ["wget https://a.test", "expected a curl command"],
  ])("%s: says what it cannot translate", (text, what) => {
    const faults = readCurl(text).flatMap(({ remarks }) => remarks);
    expect(faults.map(({ message }) => message).join()).toContain(what);
    expect(faults.every(({ start, end }) => start >= 0 && end <= text.length && start < end)).toBe(true);
  });
});
