import { describe, expect, test } from "vitest";
import { scan, type Doc } from "../json/scan";
import { keyOf } from "../json/walk";
import { firstExpansion, flatten, previewOf, sizeOf } from "./flatten";
import { wrap } from "./wrap";

function doc(text: string): Doc {
  const scanned = scan(text);
  if (!scanned.ok) throw new Error(scanned.fault.message);
  return scanned.doc;
}

const small = doc('{"a": {"b": [1, 2], "c": {}}, "d": 3}');

function shown(open: (node: number) => boolean): string[] {
  const { nodes, depths, length } = flatten(small, open);
  return Array.from({ length }, (_, row) => `${depths[row]}:${keyOf(small, nodes[row]!) ?? "-"}`);
}

describe("flatten", () => {
  test("closed, only the root is shown", () => {
    expect(shown(() => false)).toEqual(["0:-"]);
  });

  test("a closed container hides all it holds", () => {
    expect(shown((node) => node === 0)).toEqual(["0:-", "1:a", "1:d"]);
  });

  test("open, everything is shown in order, with its depth", () => {
    expect(shown(() => true)).toEqual(["0:-", "1:a", "2:b", "3:-", "3:-", "2:c", "1:d"]);
  });

  test("a megabyte is flattened in a moment, open or closed", () => {
    const large = doc(JSON.stringify(Array.from({ length: 20_000 }, (_, id) => ({ id, tags: ["a", "b"] }))));
    const begun = performance.now();
    expect(flatten(large, () => true).length).toBe(large.count);
    expect(flatten(large, (node) => node === 0).length).toBe(20_001);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe("firstExpansion", () => {
  test("opens as much as fits, and always the root", () => {
    expect([...firstExpansion(small, 100)].sort()).toEqual([0, 1, 2]);
    expect([...firstExpansion(small, 2)]).toEqual([0]);
  });

  test("a huge list is opened, its items are not", () => {
    const large = doc(JSON.stringify(Array.from({ length: 5000 }, (_, id) => ({ id }))));
    expect([...firstExpansion(large, 40)]).toEqual([0]);
  });
});

test("previews are short and in one line", () => {
  const long = doc(JSON.stringify({ text: "x".repeat(5000), list: [1, 2, 3] }, null, 2));
  expect(previewOf(long, 0).length).toBeLessThan(130);
  expect(previewOf(long, 0)).not.toContain("\n");
  expect(previewOf(long, 1).length).toBeLessThan(250);
  expect(sizeOf(long, 0)).toBe("2 keys");
});

describe("wrap", () => {
  const lines = (text: string, columns: number): string[] => {
    const starts = wrap(text, columns);
    return Array.from(starts, (start, index) => text.slice(start, starts[index + 1] ?? text.length));
  };

  test.each([
    ["", []],
    ["abc", ["abc"]],
    ["abcdefgh", ["abcd", "efgh"]],
    ["ab\ncdefghi\n", ["ab\n", "cdef", "ghi\n"]],
    ["abc🙂def", ["abc", "🙂de", "f"]],
  ])("%j", (text, want) => {
    expect(lines(text, 4)).toEqual(want);
    expect(lines(text, 4).join("")).toBe(text);
  });
});
