// The state of the fetch view: the text, what it means, and the runs. It outlives the view, so that another tab does not lose a run.

import type { CacheMode } from "../api";
import { compose, type Options } from "../batch/compose";
import { isRunnable, placeFault, readDraft, type Remark } from "../batch/draft";
import { Run } from "./run.svelte";

export type Lane = "sequential" | "concurrent";

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
      await this.launch("concurrent", this.options);
    });
  }

  /** One by one, then all at once; nothing comes from the cache, so that both do the same work. */
  async compare(): Promise<void> {
    if (this.busy || !this.runnable) return;
    await this.whileBusy(async () => {
      this.comparing = true;
      this.concurrent = undefined;
      const first = await this.launch("sequential", { ...this.options, cache: "no-store", concurrency: 1 });
      if (first.state !== "finished") return;
      await this.launch("concurrent", { ...this.options, cache: "no-store", concurrency: this.concurrency });
    });
  }

  cancel(): void {
    this.sequential?.cancel();
    this.concurrent?.cancel();
  }

  private async launch(lane: Lane, options: Options): Promise<Run> {
    const { draft, text } = this;
    const run = new Run(draft.requests, compose(text, draft, options), options.concurrency ?? 0);
    this.sent = text;
    this[lane] = run;
    await run.start();
    return run;
  }

  private async whileBusy(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await work();
    } finally {
      this.busy = false;
    }
  }

  /** The faults the service found, where they stand in the text. */
  private refused(): Remark[] {
    if (this.sent !== this.text) return [];
    const faults = this.concurrent?.faults.length ? this.concurrent.faults : (this.sequential?.faults ?? []);
    return faults.map(({ pointer, detail }) => placeFault(this.text, this.draft, pointer, detail));
  }
}
