import { expect, test } from "vitest";
import type { Job } from "../api";
import { ProblemError } from "../client.svelte";
import { follow } from "./follow";

const queued: Job = { id: "a", url: "/v1/jobs/a", state: "queued", createdAt: "2026-01-02T03:04:05Z", progress: { done: 0, total: 3 } };
const running: Job = { ...queued, state: "running" };
const completed: Job = { ...queued, state: "completed", progress: { done: 3, total: 3 } };

const state = (job: Job, id = ""): string => `${id}event: state\ndata: ${JSON.stringify(job)}\n\n`;
const item = (id: number): string => `id: ${id}\nevent: response\ndata: {"id":"r"}\n\nevent: progress\ndata: {"done":${id},"total":3}\n\n`;

/** Follows through streams of these texts, and then none; an Error is thrown in the place of a stream. */
async function followed(job: Job, ...streams: (string | Error)[]): Promise<{ seen: string[]; asked: string[] }> {
  const asked: string[] = [];
  const seen: string[] = [];
  const open = async (after: string): Promise<Response> => {
    asked.push(after);
    const next = streams.shift() ?? new TypeError("no connection");
    if (next instanceof Error) throw next;
    return new Response(next);
  };
  for await (const { state: name, progress } of follow(job, { open, pause: async () => undefined, signal: new AbortController().signal })) seen.push(`${name} ${progress.done}`);
  return { seen, asked };
}

test("to the end, by one stream", async () => {
  const text = state(running) + item(1) + item(2) + item(3) + state(completed, "id: 4\n");
  expect(await followed(queued, text, "event: never read\n\n")).toEqual({ seen: ["running 0", "running 1", "running 2", "running 3", "completed 3"], asked: [""] });
});

test("a stream that broke is taken up behind the last event seen", async () => {
  const broken = `${state(running) + item(1)}id: 2\nevent: response\nda`;
  const { seen, asked } = await followed(queued, broken, state(running) + item(2) + item(3), new TypeError("no connection"), state(completed, "id: 4\n"));
  expect(asked).toEqual(["", "1", "3", "3"]);
  expect(seen.at(-1)).toBe("completed 3");
});

test("what was known already is no step back", async () => {
  const known = { ...running, progress: { done: 2, total: 3 } };
  expect((await followed(known, item(1) + item(2) + item(3) + state(completed))).seen).toEqual(["running 3", "completed 3"]);
});

test.each([
  ["refused", new ProblemError({ status: 406 })],
  ["empty", ""],
  ["not what it should be", "event: state\ndata: <html>\n\n"],
])("given up where streams are %s", async (_, stream) => {
  const { seen, asked } = await followed(running, stream, stream, stream);
  expect(seen).toEqual([]);
  expect(asked).toEqual(["", "", ""]);
});

test("nobody looks any more", async () => {
  const abort = new AbortController();
  let opened = 0;
  const open = async (): Promise<Response> => {
    opened++;
    return new Response(state(running));
  };
  const pause = async (): Promise<void> => abort.abort();
  for await (const job of follow(queued, { open, pause, signal: abort.signal })) expect(job.state).toBe("running");
  expect(opened).toBe(1);
});
