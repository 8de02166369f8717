// The state of the fetch view: the text, what it means, and the runs. It outlives the view, so that another tab does not lose a run.

import type { CacheMode, ProblemFault } from "../api";
import { compose, type Options } from "../batch/compose";
import { isRunnable, placeFault, readDraft, type Remark } from "../batch/draft";
import { messageOf, ProblemError, send } from "../client.svelte";
import { batchForms } from "../stream/batch";
import { Run } from "./run.svelte";

export class Bench {
  text = $state("");
  timeout = $state("");
  /** 0: the service's limit, or what the JSON says. */
  concurrency = $state(0);
  cache = $state<CacheMode | "">("");
  /** One by one, in a comparison. */
  sequential = $state.raw<Run>();
  /** All at once, in a comparison or alone. */
  concurrent = $state.raw<Run>();
  comparing = $state(false);
  busy = $state(false);
  /** Why the batch did not become a job. */
  refusal = $state("");
  private jobFaults = $state.raw<ProblemFault[]>([]);
  draft = $derived(readDraft(this.text));
  runnable = $derived(isRunnable(this.draft));
  remarks = $derived<Remark[]>([...this.draft.remarks, ...this.refused()]);
  /** The text the last run was made of; its faults are only shown while it stands. */
  private sent = $state("");
  private touched = false;

  /** Puts the sample in, unless somebody has begun to write. */
  offer(sample: readonly string[]): void {
    if (!this.touched && this.text === "" && sample.length > 0) this.text = `${sample.join("\n")}\n`;
  }

  write(text: string): void {
    this.touched = true;
    this.text = text;
  }

  get options(): Options {
    const options: Options = {};
    if (this.timeout !== "") options.timeout = this.timeout;
    if (this.concurrency > 0) options.concurrency = this.concurrency;
    if (this.cache !== "") options.cache = this.cache;
    return options;
  }

  /** The batch as it would be sent by a plain run. */
  get body(): string {
    return compose(this.text, this.draft, this.options);
  }

  async run(): Promise<void> {
    if (this.busy || !this.runnable) return;
    await this.whileBusy(async () => {
      this.comparing = false;
      this.sequential = undefined;
      this.concurrent = this.prepare(this.options);
      await this.concurrent.start();
    });
  }

  /** One by one, then all at once; nothing comes from the cache, so that both do the same work. */
  async compare(): Promise<void> {
    if (this.busy || !this.runnable) return;
    await this.whileBusy(async () => {
      const { options } = this;
      this.comparing = true;
      const first = (this.sequential = this.prepare({ ...options, cache: "no-store", concurrency: 1 }));
      const second = (this.concurrent = this.prepare({ ...options, cache: "no-store", concurrency: options.concurrency ?? 0 }));
      await first.start();
      if (first.state === "finished") await second.start();
      else this.concurrent = undefined;
    });
  }

  /** Sends the batch as a job and returns the job's path, "" where it was refused. */
  async submit(): Promise<string> {
    this.refusal = "";
    this.sent = this.text;
    this.jobFaults = [];
    try {
      const headers = { "Content-Type": "application/json", Prefer: "respond-async", "Idempotency-Key": newKey() };
      const response = await send("/v1/fetch", { method: "POST", headers, body: this.body });
      if (response.status === 202) return response.headers.get("Location") ?? "";
      await response.body?.cancel();
      this.refusal = "this service has no jobs: it answered at once";
    } catch (failure) {
      this.refusal = messageOf(failure);
      if (failure instanceof ProblemError) this.jobFaults = failure.faults;
    }
    return "";
  }

  cancel(): void {
    this.sequential?.cancel();
    this.concurrent?.cancel();
  }

  private prepare(options: Options): Run {
    const { draft, text } = this;
    this.sent = text;
    const body = compose(text, draft, options);
    const headers = { "Content-Type": "application/json", Accept: batchForms };
    return new Run(draft.requests, (signal) => send("/v1/fetch", { method: "POST", headers, body, signal }), options.concurrency ?? 0);
  }

  /** Counts the runs begun, for whoever wants to show the newest. */
  begun = $state(0);

  private async whileBusy(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.refusal = "";
    this.jobFaults = [];
    this.begun++;
    try {
      await work();
    } finally {
      this.busy = false;
    }
  }

  /** The faults the service found, where they stand in the text. */
  private refused(): Remark[] {
    if (this.sent !== this.text) return [];
    const lists = [this.jobFaults, this.concurrent?.faults ?? [], this.sequential?.faults ?? []];
    const faults = lists.find((list) => list.length > 0) ?? [];
    return faults.map(({ pointer, detail }) => placeFault(this.text, this.draft, pointer, detail));
  }
}

/** A key nobody has used; crypto.randomUUID is not there on a page served without TLS from another machine. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
