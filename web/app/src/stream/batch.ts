// What a batch answers with, as it arrives: server-sent events, or lines where something between page and service turned the stream into them.

import type { Summary } from "../api";
import { pieces } from "../client.svelte";
import { splitObject } from "../json/object";
import { LineSplitter } from "./ndjson";
import { EventParser } from "./sse";

export type Message = { kind: "response"; text: string } | { kind: "summary"; summary: Summary };

/** The forms a batch may be asked for, the preferred one first. */
export const batchForms = "text/event-stream, application/x-ndjson;q=0.5";

export async function* messages(response: Response): AsyncGenerator<Message> {
  const lines = (response.headers.get("Content-Type") ?? "").startsWith("application/x-ndjson");
  yield* lines ? fromLines(response) : fromEvents(response);
}

async function* fromEvents(response: Response): AsyncGenerator<Message> {
  const parser = new EventParser();
  for await (const piece of pieces(response)) {
    for (const { event, data } of parser.push(piece)) {
      if (event === "response") yield { kind: "response", text: data };
      else if (event === "summary") yield { kind: "summary", summary: JSON.parse(data) as Summary };
    }
  }
}

async function* fromLines(response: Response): AsyncGenerator<Message> {
  const splitter = new LineSplitter();
  for await (const piece of pieces(response)) yield* splitter.push(piece).map(messageOf);
  yield* splitter.end().map(messageOf);
}

function messageOf(line: string): Message {
  const summary = splitObject(line, "body")?.rest.summary;
  return summary === undefined ? { kind: "response", text: line } : { kind: "summary", summary: summary as Summary };
}
