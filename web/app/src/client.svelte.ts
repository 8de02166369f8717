// Speaks HTTP with the service: the API key, problem documents, streams.

import type { Problem, ProblemFault } from "./api";

/** An answer that is not a success, as its problem document tells it. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title ?? `the service answered ${problem.status}`);
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  get faults(): ProblemFault[] {
    return this.problem.errors ?? [];
  }
}

const keyName = "gather.key";

/** The API key: in this tab's session storage where there is one, else in memory; never in a URL and never longer than the session. */
export class Access {
  key = $state("");
  /** True since the service asked for a key, or refused the one it got. */
  wanted = $state(false);

  constructor() {
    try {
      this.key = sessionStorage.getItem(keyName) ?? "";
    } catch {
      this.key = "";
    }
  }

  use(key: string): void {
    this.key = key.trim();
    this.wanted = false;
    try {
      if (this.key === "") sessionStorage.removeItem(keyName);
      else sessionStorage.setItem(keyName, this.key);
    } catch {
      // Denied storage: the key lives in memory.
    }
  }
}

export const access = new Access();

/** Sends a request with the key; throws ProblemError for whatever is not 2xx. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (access.key !== "") headers.set("X-API-Key", access.key);
  const response = await fetch(path, { ...init, headers, credentials: "omit", cache: "no-store" });
  if (response.ok) return response;
  if (response.status === 401) access.wanted = true;
  throw new ProblemError(await problemOf(response));
}

export async function sendJSON<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await send(path, { ...init, headers: { Accept: "application/json", ...headersOf(init) } });
  return (await response.json()) as T;
}

function headersOf(init: RequestInit): Record<string, string> {
  return Object.fromEntries(new Headers(init.headers));
}

async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get("Content-Type") ?? "";
  if (type.includes("json")) {
    try {
      const problem = (await response.json()) as Partial<Problem>;
      return { ...problem, status: response.status };
    } catch {
      // A body that lies about its type says no more than the status.
    }
  }
  return { status: response.status, title: response.statusText || `status ${response.status}` };
}

/** The pieces of a body as text, as they arrive. */
export async function* pieces(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** What to tell a person about any failure. */
export function messageOf(failure: unknown): string {
  if (failure instanceof ProblemError) return failure.message;
  if (failure instanceof TypeError) return "the service could not be reached";
  return failure instanceof Error ? failure.message : String(failure);
}
