// The wire types of the HTTP API, under the names the page uses. They come from the service's own OpenAPI document; `npm run generate` makes
// openapi.gen.ts anew, and `npm run check` fails where the two have drifted apart.

import type { components } from "./openapi.gen";

type Schemas = components["schemas"];

/** One request of a batch as somebody wrote it: only the members the page reads, and none of them sure. The service is the judge. */
export interface RequestItem {
  id?: string;
  url?: string;
  upstream?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  timeout?: string;
  dependsOn?: string[];
  cache?: CacheMode;
  [other: string]: unknown;
}

export interface Batch {
  requests: RequestItem[];
  timeout?: string;
  concurrency?: number;
}

export type CacheMode = NonNullable<Schemas["Request"]["cache"]>;
/** Milliseconds; start counts from the begin of the batch. */
export type Timing = Schemas["Timing"];
/** How one call of a forEach, or one page of a paginate, went. */
export type Outcome = Schemas["Outcome"];
/** A response of a batch without its body, which stays text. */
export type ResponseHead = Omit<Schemas["Response"], "body">;
export type Summary = Schemas["Summary"];

/** A problem document, or what can be said of an answer that should have been one. */
export type Problem = Pick<Schemas["Problem"], "status"> & Partial<Pick<Schemas["Problem"], "title" | "detail" | "errors">>;
export type ProblemFault = NonNullable<Schemas["Problem"]["errors"]>[number];

export type Upstream = Schemas["Upstream"];
export type CacheState = Schemas["CacheState"];
export type UpstreamList = Schemas["UpstreamList"];
export type JobState = Schemas["JobState"];
export type Job = Schemas["Job"];
export type JobPage = Schemas["JobPage"];
export type Delivery = Schemas["Delivery"];
export type DeliveryPage = Schemas["DeliveryPage"];
export type Collection = Schemas["Collection"];
export type CollectionList = Schemas["CollectionList"];
export type Param = Schemas["Param"];

/** What the page is told of itself, outside the API's contract. */
export interface UIConfig {
  sample: string[];
  auth: boolean;
  version: string;
}
