import { expect, test } from "vitest";
import { messages } from "./batch";

const response = '{"id":"a","collected":true,"status":200,"body":{"summary":1}}';
const summary = { requests: 1, collected: 1, notCollected: 0, durationMs: 1, sequentialMs: 1 };

const forms = [
  { type: "text/event-stream", text: `event: progress\ndata: {"done":0,"total":1}\n\nevent: response\ndata: ${response}\n\nevent: summary\ndata: ${JSON.stringify(summary)}\n\n` },
  { type: "application/x-ndjson", text: `${response}\n${JSON.stringify({ summary })}\n` },
];

test.each(forms)("a batch as $type", async ({ type, text }) => {
  const answer = new Response(text, { headers: { "Content-Type": type } });
  const got = [];
  for await (const message of messages(answer)) got.push(message);
  expect(got).toEqual([{ kind: "response", text: response }, { kind: "summary", summary }]);
});
