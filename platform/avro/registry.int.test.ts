import { SchemaRegistry } from "@kafkajs/confluent-schema-registry";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { EventType, Topic } from "../kafka/topic.ts";
import { createCodec } from "./codec.ts";
import { registerSchemas } from "./register-schemas.ts";
import { readRegisteredSchemas } from "./registered-schemas.ts";
import { createRegistryClient } from "./registry-client.ts";

const stack = JSON.parse(readFileSync(process.env["MALL_TEST_STACK"] as string, "utf8")) as { schemaRegistry: string };
const registryUrl = stack.schemaRegistry;
const folder = mkdtempSync(join(tmpdir(), "registered-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Happened = Readonly<Record<string, unknown>>;

const first = [{ name: "thingId", type: "string" }];
const optional = { name: "note", type: ["null", "string"], default: null };

/** A topic of its own per test, with as many events as asked for. */
function aTopic({ events = 1, fields = first as object[], name = `probe${randomBytes(6).toString("hex")}` } = {}) {
  const types = Array.from({ length: events }, (_, index): EventType<Happened> => {
    const schema = { type: "record", name: `Happened${index}`, namespace: `probe.${name}`, fields };
    return { name: `Happened${index}`, owner: "probe", schema };
  });
  const topic: Topic = {
    name: `${name}.thing.v1`,
    aggregateType: 1,
    owner: "probe",
    key: "thingId",
    partitions: 3,
    cleanupPolicy: "delete",
    retentionMs: 3_600_000,
    maxMessageBytes: 262_144,
    events: types,
  };
  return { name, topic, type: types[0] as EventType<Happened>, file: join(folder, `${name}.json`) };
}

describe("register schemas", () => {
  test("makes events readable for us and for any Confluent client", async () => {
    const { topic, type, file } = aTopic();
    await registerSchemas({ registryUrl, topics: [topic], file });
    const codec = createCodec({ registered: readRegisteredSchemas(file) });
    const payload = codec.encode(topic.name, type, { thingId: "1" });
    expect(codec.decode(type, payload)).toEqual({ thingId: "1" });
    const otherClient = new SchemaRegistry({ host: registryUrl });
    expect({ ...(await otherClient.decode(payload)) }).toEqual({ thingId: "1" });
  });

  test("repeated, writes the same file", async () => {
    const { topic, file } = aTopic({ events: 3 });
    await registerSchemas({ registryUrl, topics: [topic], file });
    const once = readFileSync(file, "utf8");
    await registerSchemas({ registryUrl, topics: [topic], file });
    expect(readFileSync(file, "utf8")).toBe(once);
  });

  test("registers many events at once", async () => {
    const { topic, file } = aTopic({ events: 30 });
    await registerSchemas({ registryUrl, topics: [topic], file });
    const { subjects, schemas } = readRegisteredSchemas(file);
    expect([...subjects.values()].map((id) => schemas.get(id))).toEqual(topic.events.map((event) => event.schema));
  });

  test("keeps older versions readable after a new one", async () => {
    const older = aTopic();
    await registerSchemas({ registryUrl, topics: [older.topic], file: older.file });
    const payload = createCodec({ registered: readRegisteredSchemas(older.file) }).encode(
      older.topic.name,
      older.type,
      {
        thingId: "1",
      },
    );
    const newer = aTopic({ name: older.name, fields: [...first, optional] });
    await registerSchemas({ registryUrl, topics: [newer.topic], file: newer.file });
    const codec = createCodec({ registered: readRegisteredSchemas(newer.file) });
    expect(codec.decode(newer.type, payload)).toEqual({ thingId: "1", note: null });
  });

  test("says which subject the registry refuses and leaves the file as it was", async () => {
    const older = aTopic();
    await registerSchemas({ registryUrl, topics: [older.topic], file: older.file });
    const before = readFileSync(older.file, "utf8");
    const wrong = aTopic({ name: older.name, fields: [{ name: "thingId", type: "long" }] });
    const refused = registerSchemas({ registryUrl, topics: [wrong.topic], file: older.file });
    await expect(refused).rejects.toMatchObject({
      code: "SCHEMA_REFUSED",
      retry: "never",
      message: expect.stringContaining(`${older.topic.name}-probe.${older.name}.Happened0`) as string,
    });
    expect(readFileSync(older.file, "utf8")).toBe(before);
  });
});

describe("learn from the registry", () => {
  test("makes an event of another release readable without a restart", async () => {
    const { topic, type, file } = aTopic();
    await registerSchemas({ registryUrl, topics: [topic], file });
    const payload = createCodec({ registered: readRegisteredSchemas(file) }).encode(topic.name, type, { thingId: "1" });
    const registry = createRegistryClient({ url: registryUrl });
    const codec = createCodec({ registered: { subjects: new Map(), schemas: new Map() }, registry });
    expect(await codec.learn(payload.readUInt32BE(1))).toBe("known");
    expect(codec.decode(type, payload)).toEqual({ thingId: "1" });
    expect(await codec.learn(2_000_000_000)).toBe("missing");
  });

  test("calls a registry that refuses the connection, or never answers, unavailable", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const unavailable = { code: "REGISTRY_UNAVAILABLE", retry: "later" };
    const client = createRegistryClient({ url: `http://127.0.0.1:${port}`, timeoutMs: 200 });
    await expect(client.schemaById(1)).rejects.toMatchObject(unavailable);
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
    await expect(client.schemaById(1)).rejects.toMatchObject(unavailable);
  });
});
