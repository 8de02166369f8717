// A collection's parameters as a form holds them, and as they are sent.

import type { Param } from "../api";

/** What a form shows at first: the default, as text. */
export function firstValue(param: Param): string {
  return param.default === undefined || param.default === null ? "" : String(param.default);
}

/** The query of a run: parameters left empty are left out, and so take their defaults. */
export function queryOf(values: Readonly<Record<string, string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return new URLSearchParams(given).toString();
}

/** The kind of input that suits a parameter. */
export function inputType(param: Param): "number" | "text" {
  return param.type === "integer" || param.type === "number" ? "number" : "text";
}

/** What a parameter allows, in words; empty where anything goes. */
export function limitsOf(param: Param): string {
  const words: string[] = [];
  if (param.min !== undefined) words.push(`at least ${param.min}`);
  if (param.max !== undefined) words.push(`at most ${param.max}`);
  if (param.maxLength !== undefined) words.push(`up to ${param.maxLength} characters`);
  if (param.pattern !== undefined) words.push(`like ${param.pattern}`);
  return words.join(", ");
}
