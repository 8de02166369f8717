// The parts of an OpenAPI 3.1 document that the reference shows.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

export interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { summary?: string; value?: unknown }>;
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  description?: string;
  required?: boolean;
  schema?: Schema;
  example?: unknown;
}

export interface Answer {
  $ref?: string;
  description?: string;
  headers?: Record<string, { $ref?: string; description?: string }>;
  content?: Record<string, Media>;
}

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { $ref?: string; description?: string; content?: Record<string, Media> };
  responses?: Record<string, Answer>;
}

export interface Spec {
  info: { title: string; version: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths?: Record<string, Record<string, unknown>>;
  components?: Record<string, Record<string, unknown>>;
}

const methods = ["get", "post", "put", "patch", "delete", "head", "options"] as const;

export interface Entry {
  /** Names the operation in the address. */
  id: string;
  method: string;
  path: string;
  operation: Operation;
  parameters: Parameter[];
}

export interface Group {
  name: string;
  description: string;
  entries: Entry[];
}

/** What a local reference names; anything else is itself. References to references are followed, a circle of them is not. */
export function resolve<T extends { $ref?: string }>(spec: Spec, value: T): T {
  let at: T = value;
  for (let depth = 0; at.$ref !== undefined && depth < 20; depth++) {
    const found = at.$ref.replace(/^#\//, "").split("/").reduce<unknown>(step, spec);
    if (typeof found !== "object" || found === null) return at;
    at = found as T;
  }
  return at;
}

function step(at: unknown, name: string): unknown {
  const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
  return typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined;
}

/** The last part of a reference: how people call that schema. */
export function refName(ref: string | undefined): string {
  return ref?.split("/").at(-1) ?? "";
}

/** The operations in the document's order, gathered by their first tag. */
export function groupsOf(spec: Spec): Group[] {
  const groups = new Map<string, Group>();
  for (const { name, description } of spec.tags ?? []) groups.set(name, { name, description: description ?? "", entries: [] });
  for (const entry of entriesOf(spec)) {
    const name = entry.operation.tags?.[0] ?? "Operations";
    const group = groups.get(name) ?? { name, description: "", entries: [] };
    group.entries.push(entry);
    groups.set(name, group);
  }
  return [...groups.values()].filter(({ entries }) => entries.length > 0);
}

function* entriesOf(spec: Spec): Generator<Entry> {
  for (const [path, item] of Object.entries(spec.paths ?? {})) {
    const shared = (item.parameters ?? []) as Parameter[];
    for (const method of methods) {
      const operation = item[method] as Operation | undefined;
      if (operation === undefined) continue;
      const parameters = [...shared, ...(operation.parameters ?? [])].map((parameter) => resolve(spec, parameter));
      yield { id: operation.operationId ?? `${method}-${path}`, method: method.toUpperCase(), path, operation, parameters };
    }
  }
}

/** A schema's type in a few words: "array of Item", "string or null", "one of 3". */
export function typeWords(spec: Spec, schema: Schema | undefined): string {
  if (schema === undefined || schema === (true as unknown)) return "anything";
  if (schema.$ref !== undefined) return refName(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map((choice) => typeWords(spec, choice)).join(" or ");
  if (schema.allOf) return schema.allOf.map((part) => typeWords(spec, part)).join(" and ");
  const guess = schema.properties ? ["object"] : schema.enum ? schema.enum.map((value) => (value === null ? "null" : typeof value)) : ["anything"];
  const types = [...new Set([schema.type ?? guess].flat())];
  return types.map((type) => (type === "array" ? `array of ${typeWords(spec, schema.items)}` : schema.format && type === "string" ? schema.format : type)).join(" or ");
}

/** What a schema allows besides its type. */
export function limitWords(schema: Schema): string {
  const words: string[] = [];
  if (schema.enum) words.push(`one of ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  const ranges: [keyof Schema, keyof Schema, string][] = [
    ["minimum", "maximum", ""],
    ["minLength", "maxLength", " characters"],
    ["minItems", "maxItems", " items"],
  ];
  for (const [low, high, unit] of ranges) {
    if (schema[low] !== undefined && schema[high] !== undefined) words.push(`${schema[low]} to ${schema[high]}${unit}`);
    else if (schema[low] !== undefined) words.push(`at least ${schema[low]}${schema[low] === 1 ? unit.replace(/s$/, "") : unit}`);
    else if (schema[high] !== undefined) words.push(`at most ${schema[high]}${unit}`);
  }
  if (schema.pattern !== undefined) words.push(`matches ${schema.pattern}`);
  return words.join("; ");
}

/** The examples of a body, each with its title. */
export function examplesOf(media: Media): { title: string; text: string }[] {
  const named = Object.entries(media.examples ?? {}).map(([name, { summary, value }]) => ({ title: summary ?? name, text: exampleText(value) }));
  return media.example === undefined ? named : [{ title: "Example", text: exampleText(media.example) }, ...named];
}

function exampleText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Where a schema has parts of its own worth opening. */
export function partsOf(spec: Spec, schema: Schema | undefined): { name: string; schema: Schema; required: boolean }[] {
  if (schema === undefined) return [];
  const whole = resolve(spec, schema);
  const own = Object.entries(whole.properties ?? {}).map(([name, part]) => ({ name, schema: part, required: whole.required?.includes(name) ?? false }));
  const merged = [...own, ...(whole.allOf ?? []).flatMap((part) => partsOf(spec, part))];
  if (merged.length > 0) return merged;
  if (whole.items) return partsOf(spec, whole.items);
  if (typeof whole.additionalProperties === "object") return partsOf(spec, whole.additionalProperties);
  return (whole.oneOf ?? whole.anyOf ?? []).flatMap((choice) => partsOf(spec, choice));
}
