import { describe, expect, test } from "vitest";
import { EventParser, type ServerSentEvent } from "./sse";

function parse(...pieces: string[]): Pick<ServerSentEvent, "event" | "data">[] {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece)).map(({ event, data }) => ({ event, data }));
}

describe("EventParser", () => {
  const cases: { name: string; text: string; want: { event: string; data: string }[] }[] = [
    { name: "an event with a name", text: "event: response\ndata: {}\n\n", want: [{ event: "response", data: "{}" }] },
    { name: "a nameless event", text: "data: x\n\n", want: [{ event: "message", data: "x" }] },
    { name: "several data lines", text: "data: a\ndata: b\n\n", want: [{ event: "message", data: "a\nb" }] },
    { name: "no space after the colon", text: "data:x\n\n", want: [{ event: "message", data: "x" }] },
    { name: "only the first space is dropped", text: "data:  x\n\n", want: [{ event: "message", data: " x" }] },
    { name: "a field without a colon", text: "data\n\n", want: [{ event: "message", data: "" }] },
    { name: "comments and unknown fields", text: ": keep-alive\nretry: 1\nnope: 2\ndata: x\n\n", want: [{ event: "message", data: "x" }] },
    { name: "a name without data is no event", text: "event: a\n\ndata: x\n\n", want: [{ event: "message", data: "x" }] },
    { name: "an unfinished event is none", text: "data: a\n\ndata: b\n", want: [{ event: "message", data: "a" }] },
    { name: "a byte order mark", text: "\uFEFFdata: x\n\n", want: [{ event: "message", data: "x" }] },
  ];

  for (const { name, text, want } of cases) {
    test(name, () => {
      expect(parse(text)).toEqual(want);
    });
    test(`${name}, one character at a time`, () => {
      expect(parse(...text)).toEqual(want);
    });
    test(`${name}, with carriage returns`, () => {
      expect(parse(text.replaceAll("\n", "\r"))).toEqual(want);
      expect(parse(...text.replaceAll("\n", "\r\n"))).toEqual(want);
    });
  }

  test("keeps the last id", () => {
    const parser = new EventParser();
    expect(parser.push("id: 7\ndata: a\n\ndata: b\n\n").map(({ id }) => id)).toEqual(["7", "7"]);
  });

  test("a line of many pieces costs what it is long", () => {
    const parser = new EventParser();
    const piece = "x".repeat(1024);
    const begun = performance.now();
    parser.push("data: ");
    for (let i = 0; i < 20_000; i++) parser.push(piece);
    const [event] = parser.push("\n\n");
    expect(event?.data.length).toBe(20_000 * 1024);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
