import { describe, expect, test } from "vitest";
import { createCodec } from "#platform/avro/codec.ts";
import { subjectOf } from "#platform/avro/registered-schemas.ts";
import type { EventType, Topic } from "#platform/kafka/topic.ts";
import type { AvroField, AvroRecord, AvroType } from "#schemas/read-schemas.ts";
import { allTopics } from "./all-topics.ts";

const topics: readonly Topic[] = allTopics;
const events = topics.flatMap((topic) => topic.events.map((event) => ({ topic: topic.name, event, name: event.name })));
const later: AvroField = { name: "addedLater", type: ["null", "string"], default: null };

function codecFor(topic: string, event: EventType<unknown>) {
  const subjects = new Map([[subjectOf(topic, event.schema), 1]]);
  return createCodec({ registered: { subjects, schemas: new Map([[1, event.schema]]) } });
}

function withLaterField(event: EventType<unknown>): EventType<unknown> {
  return { ...event, schema: { ...event.schema, fields: [...(event.schema["fields"] as AvroField[]), later] } };
}

/** Some value of a type: optional fields are given or null as told. */
function sampleOf(type: AvroType, given: boolean): unknown {
  if (typeof type === "string") return { string: "三 ✓", bytes: Buffer.from([0, 255]), boolean: true }[type] ?? 2 ** 31;
  if (isUnion(type)) return given ? sampleOf(type[1] as AvroType, given) : null;
  if ("fields" in type) return sampleOfRecord(type, given);
  if ("symbols" in type) return type.symbols.at(-1);
  if ("items" in type) return [sampleOf(type.items, given), sampleOf(type.items, given)];
  if ("values" in type) return { 颜色: sampleOf(type.values, given) };
  return Date.UTC(2026, 10, 26);
}

function isUnion(type: AvroType): type is readonly AvroType[] {
  return Array.isArray(type);
}

function sampleOfRecord({ fields }: AvroRecord, given: boolean): Record<string, unknown> {
  // An int has no room for 2^31, which a long must have.
  return Object.fromEntries(fields.map(({ name, type }) => [name, type === "int" ? 3 : sampleOf(type, given)]));
}

describe.each(events)("$name on $topic", ({ topic, event }) => {
  const record = event.schema as unknown as AvroRecord;
  const codec = codecFor(topic, event);

  test.each([true, false])("arrives as it was sent, with optional fields given: %s", (given) => {
    const value = sampleOf(record, given);
    const payload = codec.encode(topic, event, value);
    expect(codec.decode(event, payload)).toEqual(value);
    expect(codec.decodeAny(payload)).toEqual({ name: event.name, value });
  });

  test("is read by a release that added an optional field, and by the one before it", () => {
    const value = sampleOf(record, true) as Record<string, unknown>;
    const newer = withLaterField(event);
    expect(codec.decode(newer, codec.encode(topic, event, value))).toEqual({ ...value, addedLater: null });
    const newerCodec = codecFor(topic, newer);
    const payload = newerCodec.encode(topic, newer, { ...value, addedLater: "x" });
    expect(newerCodec.decode(event, payload)).toEqual(value);
  });
});

test("every enum has a symbol for what a reader does not know yet", () => {
  const text = JSON.stringify(events.map(({ event }) => event.schema));
  const enums = text.match(/"type":"enum"[^[]*"symbols":\["OTHER"[^\]]*\],"default":"OTHER"/g) ?? [];
  expect(enums.length).toBe(text.match(/"type":"enum"/g)?.length);
});
