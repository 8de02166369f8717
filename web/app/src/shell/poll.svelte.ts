// Asks for something again and again, as long as somebody looks.

import { messageOf, ProblemError } from "../client.svelte";

export class Poll<T> {
  value = $state.raw<T>();
  failure = $state("");
  /** The status of the last refusal; 0 where the service was not reached or all is well. */
  status = $state(0);
  private readonly ask: (signal: AbortSignal) => Promise<T>;
  private readonly every: number;
  private again: () => void = () => undefined;

  /** Asks every so many milliseconds, counted from the end of the answer before. */
  constructor(ask: (signal: AbortSignal) => Promise<T>, every: number) {
    this.ask = ask;
    this.every = every;
  }

  /** Begins to ask; the result ends it. For use in an effect. */
  run(): () => void {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async (): Promise<void> => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") await this.once(abort.signal);
      // An endpoint that is not there will not come: it is asked seldom.
      if (!abort.signal.aborted) timer = setTimeout(next, this.status === 404 || this.status === 501 ? 30_000 : this.every);
    };
    this.again = () => void next();
    void next();
    return () => {
      abort.abort();
      clearTimeout(timer);
      this.again = () => undefined;
    };
  }

  /** Asks now. */
  refresh(): void {
    this.again();
  }

  private async once(signal: AbortSignal): Promise<void> {
    try {
      this.value = await this.ask(signal);
      this.failure = "";
      this.status = 0;
    } catch (failure) {
      if (signal.aborted) return;
      this.failure = messageOf(failure);
      this.status = failure instanceof ProblemError ? failure.status : 0;
    }
  }
}
