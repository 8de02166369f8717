// The wire types of the HTTP API, as far as the page uses them.

export type CacheMode = "default" | "no-store" | "reload" | "force-cache" | "only-if-cached";

/** One request of a batch. Only the members the page reads or writes; the server is the judge of the rest. */
export interface RequestItem {
  id?: string;
  url?: string;
  upstream?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  timeout?: string;
  required?: boolean;
  dependsOn?: string[];
  cache?: CacheMode;
  [other: string]: unknown;
}

export interface Batch {
  requests: RequestItem[];
  timeout?: string;
  concurrency?: number;
  [other: string]: unknown;
}

/** Milliseconds; start counts from the begin of the batch. */
export interface Timing {
  start?: number;
  queued?: number;
  dns?: number;
  connect?: number;
  tls?: number;
  wait?: number;
  receive?: number;
  total?: number;
}

export interface ItemError {
  code: string;
  detail?: string;
}

/** A response of a batch without its body, which stays text: see BodyText. */
export interface ResponseHead {
  id: string;
  collected: boolean;
  status: number;
  headers?: Record<string, string>;
  bodyEncoding?: "base64";
  url?: string;
  error?: ItemError;
  cache?: string;
  attempts?: number;
  timing?: Timing;
}

export interface Summary {
  requests: number;
  collected: number;
  notCollected: number;
  durationMs: number;
  sequentialMs: number;
  [other: string]: unknown;
}

export interface Progress {
  done: number;
  total: number;
}

/** RFC 9457 problem document with the API's list of faults. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  errors?: ProblemFault[];
}

export interface ProblemFault {
  detail: string;
  pointer?: string;
}

export interface UIConfig {
  sample: string[];
  auth: boolean;
  version: string;
}
