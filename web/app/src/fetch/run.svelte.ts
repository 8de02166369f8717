// One run of a batch: sends it, reads its events, and keeps what the waterfall shows.

import type { ProblemFault, RequestItem, Summary } from "../api";
import { messageOf, ProblemError, send } from "../client.svelte";
import { batchForms, messages } from "../stream/batch";
import { endOf } from "../waterfall/phases";
import { readHead } from "./answer";
import { advance, rowsOf, type Row } from "./row";

export type RunState = "pending" | "running" | "finished" | "cancelled" | "failed";

export class Run {
  rows = $state.raw<Row[]>([]);
  state = $state<RunState>("pending");
  summary = $state.raw<Summary>();
  /** Milliseconds since the batch was sent; stands still when the run has ended. */
  elapsed = $state(0);
  failure = $state("");
  faults = $state.raw<ProblemFault[]>([]);
  done = $derived(this.rows.filter((row) => row.response !== undefined).length);

  readonly total: number;
  readonly concurrency: number;
  private readonly body: string;
  private readonly abort = new AbortController();
  private begun = 0;

  constructor(requests: RequestItem[], body: string, concurrency: number) {
    this.rows = rowsOf(requests);
    this.total = requests.length;
    this.body = body;
    this.concurrency = concurrency;
  }

  /** Ends the request itself; the service then cancels what only this batch asked for. */
  cancel(): void {
    this.abort.abort();
  }

  /** The last moment any row is known to have reached. */
  get span(): number {
    if (this.state === "pending" || this.state === "running") return this.elapsed;
    const ends = this.rows.map((row) => endOf(row.response?.timing));
    return this.state === "finished" ? Math.max(this.summary?.durationMs ?? 0, ...ends) : Math.max(this.elapsed, ...ends);
  }

  /** Resolves when the run has ended, however it ended. */
  async start(): Promise<void> {
    this.begun = performance.now();
    this.state = "running";
    this.advance(this.rows);
    let frame = 0;
    const tick = (): void => {
      this.elapsed = performance.now() - this.begun;
      frame = requestAnimationFrame(tick);
    };
    tick();
    try {
      await this.stream();
      this.state = this.summary === undefined ? "failed" : "finished";
      if (this.summary === undefined) this.failure = "the answer ended before its summary";
    } catch (failure) {
      this.end(failure);
    } finally {
      cancelAnimationFrame(frame);
      this.elapsed = performance.now() - this.begun;
    }
  }

  private end(failure: unknown): void {
    if (this.abort.signal.aborted) {
      this.state = "cancelled";
      return;
    }
    this.state = "failed";
    this.failure = messageOf(failure);
    if (failure instanceof ProblemError) this.faults = failure.faults;
  }

  private async stream(): Promise<void> {
    const response = await send("/v1/fetch", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: batchForms },
      body: this.body,
      signal: this.abort.signal,
    });
    for await (const message of messages(response)) {
      if (message.kind === "response") this.answer(message.text);
      else this.summary = message.summary;
    }
  }

  private answer(text: string): void {
    const response = readHead(text);
    if (response === undefined) return;
    const answered = (row: Row): Row => ({ ...row, response, text, state: response.collected ? "collected" : "not-collected" });
    this.advance(this.rows.map((row) => (row.id === response.id ? answered(row) : row)));
  }

  private advance(rows: readonly Row[]): void {
    this.rows = advance(rows, this.concurrency, performance.now() - this.begun);
  }
}
