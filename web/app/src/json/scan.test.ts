import { describe, expect, test } from "vitest";
import { Kind, scan, type Doc } from "./scan";
import { keyOf, locate, member, pathOf, textOf, valueOf } from "./walk";

function doc(text: string): Doc {
  const scanned = scan(text);
  if (!scanned.ok) throw new Error(scanned.fault.message);
  return scanned.doc;
}

describe("scan", () => {
  test.each([
    "null", " true ", "-0.5e+3", '"a\\u00e9\\n"', "[]", "{}", "[1, [2, {}], \"x\"]", '{"a": {"b": [null, false]}, "c": ""}',
  ])("agrees with JSON.parse on %s", (text) => {
    expect(valueOf(doc(text), 0)).toEqual(JSON.parse(text));
  });

  test.each([
    ["", 1, 1], ["{", 1, 2], ["[1,]", 1, 4], ['{"a" 1}', 1, 6], ['{\n  "a": 01\n}', 2, 9], ["[1 2]", 1, 4], ["nul", 1, 1], ['"a', 1, 1], ['"\\x"', 1, 2],
    ["{a: 1}", 1, 2], ["1 2", 1, 3], ["-", 1, 1], ["[1,,2]", 1, 4], ['"a\tb"', 1, 3], ["1.", 1, 2], ["\u00a0 1", 1, 1],
  ])("refuses %j at %i:%i, as JSON.parse does", (text, line, column) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    const scanned = scan(text);
    expect(scanned.ok).toBe(false);
    if (!scanned.ok) expect([scanned.fault.line, scanned.fault.column]).toEqual([line, column]);
  });

  test("keeps numbers as they are written", () => {
    const numbers = doc('{"big": 9007199254740993, "huge": 1e400}');
    expect(textOf(numbers, member(numbers, 0, "big"))).toBe("9007199254740993");
    expect(textOf(numbers, member(numbers, 0, "huge"))).toBe("1e400");
  });

  test("a depth of 100,000 is an answer like any other", () => {
    const deep = doc("[".repeat(100_000) + "]".repeat(100_000));
    expect(deep.count).toBe(100_000);
    expect(deep.next[0]).toBe(100_000);
  });

  test("agrees with JSON.parse on random texts, right and wrong", () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed % below;
    };
    const parts = ["{", "}", "[", "]", ",", ":", '"a"', '"b\\n"', "1", "-2.5e3", "true", "null", " ", "\n", "0", "x", '"'];
    let right = 0;
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: 1 + random(7) }, () => parts[random(parts.length)]).join("");
      let want: unknown;
      let ok = true;
      try {
        want = JSON.parse(text);
      } catch {
        ok = false;
      }
      const scanned = scan(text);
      expect(scanned.ok, text).toBe(ok);
      if (scanned.ok) {
        right++;
        expect(valueOf(scanned.doc, 0)).toEqual(want);
      }
    }
    expect(right).toBeGreaterThan(500);
  });

  test("a megabyte is scanned in a moment", () => {
    const text = JSON.stringify(Array.from({ length: 12_000 }, (_, id) => ({ id, title: `a title of some length ${id}`, tags: ["a", "b"], done: false })));
    expect(text.length).toBeGreaterThan(900_000);
    const begun = performance.now();
    expect(doc(text).children[0]).toBe(12_000);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe("walking", () => {
  const text = '{"requests": [{"url": "a"}, {"odd/na~me": {"b c": [10, 20]}}]}';
  const walked = doc(text);

  test.each([
    ["#/requests/0/url", '"a"'],
    ["/requests/1/odd~1na~0me/b c/1", "20"],
    ["#/requests/1/odd~1na~0me/b%20c/0", "10"],
    ["", text],
    ["#/requests/0/absent/deeper", '{"url": "a"}'],
    ["#/requests/7", '[{"url": "a"}, {"odd/na~me": {"b c": [10, 20]}}]'],
  ])("the pointer %j names %s", (pointer, want) => {
    expect(textOf(walked, locate(walked, pointer))).toBe(want);
  });

  test("paths are jq's", () => {
    expect(pathOf(walked, 0)).toBe(".");
    expect(pathOf(walked, locate(walked, "/requests/0/url"))).toBe(".requests[0].url");
    expect(pathOf(walked, locate(walked, "/requests/1/odd~1na~0me/b c/1"))).toBe('.requests[1]."odd/na~me"."b c"[1]');
    const list = doc("[[1]]");
    expect(pathOf(list, 2)).toBe(".[0][0]");
  });

  test("names are unescaped", () => {
    const escaped = doc('{"a\\u0062": 1}');
    expect(keyOf(escaped, 1)).toBe("ab");
    expect(escaped.kind[1]).toBe(Kind.Number);
  });
});
