/** Values made from schemas: such as they ask for, such with one thing wrong, and such as no schema asks for. */
import fc from "fast-check";
import type { Schema } from "./api-document.ts";

/** Values that exist in the shop, by the name of the field that takes them. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const DEEP = JSON.parse("[".repeat(12) + "]".repeat(12)) as unknown;
const LONG = 70_000;

const awkward: readonly unknown[] = [
  null, true, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 63, "", " ", "0", "-1", "1e3", "0x10", "٣", "NaN", "undefined",
  "9223372036854775807", "9223372036854775808", "99999999999999999999", "\u0000", "a\u0000b", "\r\nX-Injected: 1",
  "\ud800", "\u202edesrever", "e\u0301", "🙈🙉🙊", "' OR '1'='1", "1; DROP TABLE oms_order", "%00", "%zz", "../../etc/passwd",
  "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "__proto__", "constructor", "2026-02-30T00:00:00Z",
  "0000-00-00T00:00:00Z", "+275760-09-13T00:00:00.001Z", [], {}, [[]], DEEP, Array.from({ length: 101 }, () => 1),
  { constructor: { prototype: { isAdmin: true } } }, { toString: null },
]; // prettier-ignore

/** Anything that JSON can say, with a liking for what has broken programs before. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...awkward) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom("x".repeat(300), "é".repeat(5_000), "x".repeat(LONG)) },
);

/** A value that the schema allows, as far as a schema can say; fields that name things take known ones more often than not. */
export function validValue(schema: Schema, known: Known, name = ""): fc.Arbitrary<unknown> {
  const made = fromSchema(schema, known);
  const existing = known[name] ?? [];
  if (existing.length === 0 || schema.enum !== undefined) return made;
  return fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...existing) }, { weight: 1, arbitrary: made });
}

/** A valid value in which one place is something else, is missing, or is one too many. */
export function nearlyValidValue(schema: Schema, known: Known, name = ""): fc.Arbitrary<unknown> {
  const change = fc.constantFrom("replace", "replace", "remove", "add");
  const extra = fc.constantFrom("unknown", "__proto__", "constructor", "userId", "roles", "status", "priceCents");
  return fc
    .tuple(validValue(schema, known, name), hostileValue, fc.nat(), change, extra)
    .map(([value, wrong, place, kind, key]) => spoil(value, { wrong, place, kind, key }));
}

function fromSchema(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => fromSchema(one, known)));
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? ["object"]);
  return fc.oneof(...types.map((type) => ofType(type, schema, known)));
}

function ofType(type: string, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  switch (type) {
    case "string":
      return textOf(schema);
    case "integer":
    case "number": {
      const { minimum: min = -1_000, maximum = 1_000_000 } = schema;
      const max = Math.max(min, maximum);
      return fc.oneof(fc.integer({ min, max: Math.min(max, min + 200) }), fc.constantFrom(min, max));
    }
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array": {
      const { items = {}, minItems: minLength = 0, maxItems = 2 } = schema;
      return fc.array(validValue(items, known), { minLength, maxLength: Math.max(minLength, Math.min(maxItems, 2)) });
    }
    case "object":
      return objectOf(schema, known);
    default:
      throw new Error(`the document uses the type ${type}, of which this fuzzer knows nothing`);
  }
}

function objectOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  if (schema.properties === undefined) {
    const values = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
    return fc.dictionary(textOf(schema.propertyNames ?? {}), fromSchema(values, known), { maxKeys: 3 });
  }
  const fields = Object.entries(schema.properties);
  const values = Object.fromEntries(fields.map(([field, part]) => [field, validValue(part, known, field)]));
  return fc.record(values, { requiredKeys: [...(schema.required ?? [])] });
}

function textOf({ pattern, format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === "date-time") return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (pattern === undefined) {
    return fc.string({ unit: "grapheme", minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) });
  }
  return fc
    .stringMatching(new RegExp(pattern, "u"))
    .map((text) => text.slice(0, maxLength))
    .filter((text) => text.length >= minLength);
}

interface Spoiling {
  readonly wrong: unknown;
  readonly place: number;
  readonly kind: string;
  readonly key: string;
}

function spoil(value: unknown, { wrong, place, kind, key }: Spoiling): unknown {
  const copy = structuredClone(value);
  const places = placesIn(copy);
  const chosen = places[place % Math.max(1, places.length)];
  if (kind === "add" && isHolder(copy)) {
    // Assigned, `__proto__` would become the prototype and never be sent.
    Object.defineProperty(copy, key, { value: wrong, enumerable: true, configurable: true, writable: true });
    return copy;
  }
  if (chosen === undefined) return wrong;
  if (kind === "remove") delete chosen.holder[chosen.key];
  else chosen.holder[chosen.key] = wrong;
  return copy;
}

type Holder = Record<string, unknown>;
const isHolder = (value: unknown): value is Holder => typeof value === "object" && value !== null;

function placesIn(value: unknown): { holder: Holder; key: string }[] {
  if (!isHolder(value)) return [];
  return Object.keys(value).flatMap((key) => [{ holder: value, key }, ...placesIn(value[key])]);
}
