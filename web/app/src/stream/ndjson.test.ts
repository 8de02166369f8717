import { describe, expect, test } from "vitest";
import { LineSplitter } from "./ndjson";

function split(...pieces: string[]): string[] {
  const splitter = new LineSplitter();
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
}

describe("LineSplitter", () => {
  test.each([
    ["lines", '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ["a last line without its feed", '{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ["carriage returns and empty lines", '{"a":1}\r\n\r\n\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
    ["nothing", "", []],
  ])("%s", (_, text, want) => {
    expect(split(text)).toEqual(want);
    expect(split(...text)).toEqual(want);
  });
});
