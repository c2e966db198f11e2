import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventType } from "../kafka/topic.ts";
import { createCodec } from "./codec.ts";
import type { CodecOptions } from "./codec.ts";
import { DecodeFailure, UnknownSchema } from "./decode-errors.ts";
import type { AvroSchema } from "./registered-schemas.ts";

interface ThingHappened {
  readonly thingId: string;
  readonly amount: number;
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly names: Readonly<Record<string, string>>;
}

const fields = [
  { name: "thingId", type: "string" },
  { name: "amount", type: "long" },
  { name: "note", type: ["null", "string"], default: null },
  { name: "tags", type: { type: "array", items: "string" } },
  { name: "names", type: { type: "map", values: "string" } },
];
const schema = { type: "record", name: "ThingHappened", namespace: "probe.things", fields };
const ThingHappened: EventType<ThingHappened> = { name: "ThingHappened", owner: "things", schema };
const value: ThingHappened = { thingId: "42", amount: 7, note: null, tags: ["a", "b"], names: { en: "thing" } };
const topic = "things.thing.v1";

function aCodec(options: Partial<CodecOptions> & { schemas?: Record<number, AvroSchema> } = {}) {
  const { schemas = { 1: schema }, ...rest } = options;
  const known = Object.entries(schemas).map(([id, known]): [number, AvroSchema] => [Number(id), known]);
  const subjects = new Map([[`${topic}-probe.things.ThingHappened`, 1]]);
  return createCodec({ registered: { subjects, schemas: new Map(known) }, ...rest });
}

/** The same record as an earlier or later release would have it. */
function withFields(extra: readonly object[]): AvroSchema {
  return { ...schema, fields: [...fields, ...extra] };
}

function caught(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("encode", () => {
  test("writes the magic byte, the id registered for the topic, and Avro", () => {
    const payload = aCodec().encode(topic, ThingHappened, value);
    expect(payload.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 1]));
    expect(aCodec().decode(ThingHappened, payload)).toEqual(value);
  });

  test("writes events of any size, one after the other", () => {
    const codec = aCodec();
    const large = { ...value, note: "x".repeat(300_000) };
    const payloads = [large, value, large].map((each) => codec.encode(topic, ThingHappened, each));
    expect(payloads.map((payload) => codec.decode(ThingHappened, payload))).toEqual([large, value, large]);
  });

  test("names the place of an invalid value and not the value", () => {
    const wrong = { ...value, tags: ["a", 4711], amount: "secret" } as unknown as ThingHappened;
    const error = caught(() => aCodec().encode(topic, ThingHappened, wrong));
    expect(error).toMatchObject({ code: "EVENT_INVALID", retry: "never" });
    expect(error.cause).toBeUndefined();
    expect(error.message).toBe("ThingHappened is invalid at amount, tags.1");
  });

  test.each([undefined, null, 2 ** 60, 1.5, Number.NaN])("refuses %s where a long belongs", (amount) => {
    const wrong = { ...value, amount } as ThingHappened;
    expect(caught(() => aCodec().encode(topic, ThingHappened, wrong))).toMatchObject({ code: "EVENT_INVALID" });
  });

  test("refuses a topic under which the schema is not registered", () => {
    const error = caught(() => aCodec().encode("things.other.v1", ThingHappened, value));
    expect(error).toMatchObject({ code: "SCHEMA_NOT_REGISTERED", retry: "later" });
  });

  test("refuses a schema that is newer than the registered one", () => {
    const newer = { ...ThingHappened, schema: withFields([{ name: "more", type: ["null", "long"], default: null }]) };
    const error = caught(() => aCodec().encode(topic, newer, value));
    expect(error).toMatchObject({ code: "SCHEMA_NOT_REGISTERED" });
  });
});

describe("decode", () => {
  const payload = aCodec().encode(topic, ThingHappened, value);
  const extended = withFields([{ name: "more", type: ["null", "long"], default: null }]);

  test("gives an optional field that the writer did not know as null", () => {
    const newer = { ...ThingHappened, schema: extended };
    expect(aCodec().decode(newer, payload)).toEqual({ ...value, more: null });
  });

  test("drops an optional field that only the writer knew", () => {
    const newer: EventType<ThingHappened & { more: number }> = {
      name: "ThingHappened",
      owner: "things",
      schema: extended,
    };
    const written = aCodec({ schemas: { 1: extended } }).encode(topic, newer, { ...value, more: 5 });
    written.writeUInt32BE(2, 1);
    const reader = aCodec({ schemas: { 1: schema, 2: extended } });
    expect(reader.decode(ThingHappened, written)).toEqual(value);
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["half a prefix", payload.subarray(0, 3)],
    ["another magic byte", Buffer.concat([Buffer.from([1]), payload.subarray(1)])],
    ["a truncated payload", payload.subarray(0, -2)],
    ["bytes after the end", Buffer.concat([payload, Buffer.from([0])])],
    ["a count of 2^40 elements", Buffer.concat([payload.subarray(0, 5), Buffer.from("00000080808080804000", "hex")])],
    ["a string of negative length", Buffer.concat([payload.subarray(0, 5), Buffer.from("01", "hex")])],
  ])("takes %s for poison", (_, bytes) => {
    expect(caught(() => aCodec().decode(ThingHappened, bytes))).toBeInstanceOf(DecodeFailure);
  });

  test("either reads arbitrary bytes or takes them for poison", () => {
    const codec = aCodec();
    const readOrRefuse = (bytes: Uint8Array): boolean => {
      try {
        codec.decode(ThingHappened, Buffer.concat([payload.subarray(0, 5), bytes]));
        return true;
      } catch (error) {
        return error instanceof DecodeFailure;
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), readOrRefuse), { numRuns: 2000 });
  });

  test("takes an event of another name for poison", () => {
    const other = { ...ThingHappened, name: "Other", schema: { ...schema, name: "Other" } };
    expect(caught(() => aCodec().decode(other, payload))).toBeInstanceOf(DecodeFailure);
  });

  test("takes a writer's schema that is no Avro for poison", () => {
    const codec = aCodec({ schemas: { 1: { type: "nonsense" } } });
    expect(caught(() => codec.decode(ThingHappened, payload))).toBeInstanceOf(DecodeFailure);
  });

  test("says which schema is not loaded", () => {
    const error = caught(() => aCodec({ schemas: {} }).decode(ThingHappened, payload));
    expect(error).toBeInstanceOf(UnknownSchema);
    expect(error).toMatchObject({ schemaId: 1, retry: "later" });
  });

  test("reads any event by its writer's schema", () => {
    expect(aCodec().decodeAny(payload)).toEqual({ name: "ThingHappened", value });
    expect(caught(() => aCodec({ schemas: {} }).decodeAny(payload))).toBeInstanceOf(UnknownSchema);
  });
});

describe("learn", () => {
  const payload = aCodec().encode(topic, ThingHappened, value);

  function aRegistry(answer: () => Promise<AvroSchema | undefined>) {
    const asked: number[] = [];
    return { asked, schemaById: (id: number) => (asked.push(id), answer()) };
  }

  test("makes an event readable", async () => {
    const registry = aRegistry(() => Promise.resolve(schema));
    const codec = aCodec({ schemas: {}, registry });
    expect(await codec.learn(1)).toBe("known");
    expect(codec.decode(ThingHappened, payload)).toEqual(value);
  });

  test("does not ask for what is known", async () => {
    const registry = aRegistry(() => Promise.resolve(undefined));
    expect(await aCodec({ registry }).learn(1)).toBe("known");
    expect(registry.asked).toEqual([]);
  });

  test("asks once for calls that overlap", async () => {
    const registry = aRegistry(() => Promise.resolve(schema));
    const codec = aCodec({ schemas: {}, registry });
    expect(await Promise.all([codec.learn(1), codec.learn(1)])).toEqual(["known", "known"]);
    expect(registry.asked).toEqual([1]);
  });

  test("believes for 30 s that an id is missing", async () => {
    let now = 0;
    const registry = aRegistry(() => Promise.resolve(undefined));
    const codec = aCodec({ schemas: {}, registry, now: () => now });
    expect(await codec.learn(9)).toBe("missing");
    now = 29_999;
    expect(await codec.learn(9)).toBe("missing");
    expect(registry.asked).toEqual([9]);
    now = 30_000;
    expect(await codec.learn(9)).toBe("missing");
    expect(registry.asked).toEqual([9, 9]);
  });

  test("asks again at once when there was no answer", async () => {
    const registry = aRegistry(() => Promise.reject(new Error("connection refused")));
    const codec = aCodec({ schemas: {}, registry });
    const unavailable = { code: "REGISTRY_UNAVAILABLE", retry: "later" };
    await expect(codec.learn(9)).rejects.toMatchObject(unavailable);
    await expect(codec.learn(9)).rejects.toMatchObject(unavailable);
    expect(registry.asked).toEqual([9, 9]);
  });
});
