import { describe, expect, test } from "vitest";
import { examplesOf, groupsOf, limitWords, partsOf, resolve, typeWords, type Schema, type Spec } from "./openapi";

const spec: Spec = {
  info: { title: "t", version: "1" },
  tags: [{ name: "a", description: "first" }],
  paths: {
    "/x/{id}": {
      parameters: [{ name: "id", in: "path", required: true }],
      get: { operationId: "getX", tags: ["a"], parameters: [{ $ref: "#/components/parameters/Limit" }] },
      delete: {},
    },
  },
  components: {
    parameters: { Limit: { name: "limit", in: "query" } },
    schemas: {
      Item: { type: "object", required: ["id"], properties: { id: { type: "string" }, next: { $ref: "#/components/schemas/Item" } } },
      Loop: { $ref: "#/components/schemas/Loop" },
      "odd/name": { type: "integer" },
    },
  },
};
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

test("operations are gathered by tag, with the path's parameters resolved", () => {
  const groups = groupsOf(spec);
  expect(groups.map(({ name, description }) => [name, description])).toEqual([["a", "first"], ["Operations", ""]]);
  expect(groups[0]!.entries[0]).toMatchObject({ id: "getX", method: "GET", parameters: [{ name: "id" }, { name: "limit" }] });
  expect(groups[1]!.entries[0]!.id).toBe("delete-/x/{id}");
  expect(groupsOf({ info: spec.info })).toEqual([]);
});

describe("resolve", () => {
  test.each([["Item", "object"], ["odd~1name", "integer"], ["Loop", undefined], ["Absent", undefined]])("%s", (name, type) => {
    expect(resolve(spec, ref(name)).type).toBe(type);
  });
});

test.each<[Schema, string]>([
  [{ type: ["string", "null"] }, "string or null"],
  [{ type: "array", items: ref("Item") }, "array of Item"],
  [{ oneOf: [ref("Item"), { type: "string", format: "uri" }] }, "Item or uri"],
  [{ enum: ["a", null] }, "string or null"],
  [{ const: 1 }, "1"],
  [{}, "anything"],
])("typeWords(%j) is %s", (schema, want) => {
  expect(typeWords(spec, schema)).toBe(want);
});

test("limits in words", () => {
  expect(limitWords({ minimum: 0, maxLength: 64, minItems: 1, maxItems: 100, default: "10s", pattern: "^a$" })).toBe(
    'default "10s"; at least 0; at most 64 characters; 1 to 100 items; matches ^a$',
  );
});

test("parts are found through lists, references and combinations", () => {
  expect(partsOf(spec, { type: "array", items: ref("Item") }).map(({ name, required }) => [name, required])).toEqual([["id", true], ["next", false]]);
  expect(partsOf(spec, { allOf: [ref("Item"), { properties: { more: {} } }] }).map(({ name }) => name)).toEqual(["id", "next", "more"]);
  expect(partsOf(spec, { type: "string" })).toEqual([]);
});

test("examples with their titles", () => {
  expect(examplesOf({ example: { a: 1 }, examples: { b: { summary: "two", value: "x\ny" } } })).toEqual([{ title: "Example", text: '{\n  "a": 1\n}' }, { title: "two", text: "x\ny" }]);
});
