// One run of a batch: sends it, reads its events, and keeps what the waterfall shows.

import type { ProblemFault, RequestItem, Summary } from "../api";
import { messageOf, ProblemError } from "../client.svelte";
import { messages } from "../stream/batch";
import { endOf } from "../waterfall/phases";
import { readHead } from "./answer";
import { advance, rowsOf, withResponse, type Row } from "./row";

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
  private readonly ask: (signal: AbortSignal) => Promise<Response>;
  private readonly abort = new AbortController();
  private begun = 0;

  /** A run of what is known of the requests, which `ask` sends. */
  constructor(requests: RequestItem[], ask: (signal: AbortSignal) => Promise<Response>, concurrency: number) {
    this.rows = rowsOf(requests);
    this.total = requests.length;
    this.ask = ask;
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
    for await (const message of messages(await this.ask(this.abort.signal))) {
      if (message.kind === "response") this.answer(message.text);
      else this.summary = message.summary;
    }
  }

  private answer(text: string): void {
    const response = readHead(text);
    if (response !== undefined) this.advance(withResponse(this.rows, response, text));
  }

  private advance(rows: readonly Row[]): void {
    this.rows = advance(rows, this.concurrency, performance.now() - this.begun);
  }
}
