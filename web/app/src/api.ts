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
  /** How each call of a forEach, or each page of a paginate, went. */
  elements?: Outcome[];
  pages?: Outcome[];
}

export type Outcome = Pick<ResponseHead, "collected" | "status" | "url" | "cache" | "error" | "attempts" | "timing">;

export interface Summary {
  requests: number;
  collected: number;
  notCollected: number;
  durationMs: number;
  sequentialMs: number;
  /** The ids on which the batch's duration hangs, where items depend on each other. */
  criticalPath?: string[];
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

/** A host's state. Rates are a second, 0 being unlimited; latencies in milliseconds. */
export interface Upstream {
  name?: string;
  origin: string;
  rate: number;
  configuredRate: number;
  burst: number;
  concurrency: number;
  queue: number;
  inFlight: number;
  cooldownUntil?: string;
  breaker: string;
  latency: { p50: number; p95: number; p99: number };
  calls: number;
  failures: number;
  retries: number;
  hedges: number;
  hedgeWins: number;
  refusals: number;
  throttled: number;
  cache?: { hits: number; misses: number; hitRatio: number };
}

export type JobState = "queued" | "running" | "completed" | "failed" | "cancelled";

export interface Job {
  id: string;
  state: JobState;
  createdAt: string;
  startedAt?: string;
  finishedAt?: string;
  progress?: Progress;
  summary?: Summary;
  /** What started it: a collection, a hook, a schedule. */
  source?: string;
  error?: string;
}

/** Newest first. */
export interface JobPage {
  jobs: Job[];
  /** The next page's cursor; absent on the last. */
  next?: string;
}

/** A callback on its way. */
export interface Delivery {
  id: string;
  /** The configured receiver's name; a URL may hold a secret, and is not told. */
  endpoint?: string;
  state: "pending" | "delivered" | "dead";
  nextAt?: string;
  attempts: DeliveryAttempt[];
}

export interface DeliveryAttempt {
  at: string;
  tookMs: number;
  /** The receiver's; absent where it gave no answer. */
  status?: number;
  reason?: string;
}

export interface Collection {
  name: string;
  description?: string;
  params?: Record<string, Param>;
}

export interface Param {
  type: "string" | "integer" | "number" | "boolean";
  description?: string;
  required?: boolean;
  default?: unknown;
  min?: number;
  max?: number;
  enum?: unknown[];
  pattern?: string;
  maxLength?: number;
}

export interface UIConfig {
  sample: string[];
  auth: boolean;
  version: string;
}
