import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databaseNow, execute, inTransaction, rows } from "../database/database.ts";
import { ensureTopics } from "../kafka/admin.ts";
import { createKafka, type KafkaClient } from "../kafka/client.ts";
import { createProducer } from "../kafka/producer.ts";
import type { Topic } from "../kafka/topic.ts";
import { createLogger } from "../logging/logger.ts";
import { eventually } from "../testing/eventually.ts";
import { stackUnderTest } from "../testing/stack-under-test.ts";
import { Counted, createTallyTables, tallyTopics } from "../testing/tally.ts";
import { testCodec } from "../testing/test-codec.ts";
import { openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { readTopic } from "../testing/topic-reader.ts";
import { keepCompactedTopic } from "./keep-compacted-topic.ts";
import { createLease } from "./lease.ts";
import { createOutbox, type OutboxRow } from "./outbox.ts";
import { outgoing } from "./outgoing.ts";
import { startRelay } from "./relay.ts";
import { type CompactedOwner, repairCompactedTopic } from "./repair-compacted-topic.ts";
import { unpackHeaders } from "./stored-headers.ts";

const log = createLogger({ service: "test", instance: "test", level: "silent" });
const cause = { correlationId: "c", causationId: "c", traceparent: "" };

describe("repair of a compacted topic", () => {
  let database: TestDatabase;
  let kafka: KafkaClient;
  let topic: Topic;
  let owner: CompactedOwner;
  let asked: string[];

  beforeAll(async () => {
    database = await openTestDatabase({ service: "repair" });
    await createTallyTables(database.db);
    kafka = createKafka({ brokers: stackUnderTest().kafka.brokers, clientId: "repair-test" }, log);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    const { db } = database;
    for (const table of ["outbox", "outbox_parked", "lease", "tally"]) await execute(db, "DELETE FROM ??", [table]);
    const { counted } = tallyTopics(randomBytes(4).toString("hex"));
    topic = { ...counted, cleanupPolicy: "compact", retentionMs: -1 };
    await ensureTopics({ brokers: stackUnderTest().kafka.brokers, topics: [topic], replicationFactor: 1 });
    asked = [];
    owner = {
      topic,
      readPage: async (after, limit) => {
        const found = await rows<{ id: string; seq: number }>(
          db,
          "SELECT id, seq FROM tally WHERE id > ? ORDER BY id LIMIT ?",
          [after ?? "", Math.min(limit, 2)],
        );
        return found.map(({ id, seq }) => ({ key: id, seq }));
      },
      async emitAgain(keys) {
        asked.push(...keys.map(({ key, seq }) => `${key} ${seq}`));
        for (const { key } of keys) await change(key);
        return keys.length;
      },
    };
  });

  /** The next state of a row, with its event in the outbox: total = seq; a tombstone when the total is to be null. */
  function change(id: string, { tombstone = false } = {}): Promise<OutboxRow> {
    const outbox = createOutbox({ codec: testCodec([topic]), source: "/mall/tally" });
    return inTransaction(database.db, async (trx) => {
      await execute(trx, "INSERT IGNORE INTO tally VALUES (?, 0, 0, NULL, 0)", [id]);
      await execute(trx, "UPDATE tally SET seq = seq + 1 WHERE id = ?", [id]);
      const [row] = await rows<{ seq: number }>(trx, "SELECT seq FROM tally WHERE id = ?", [id]);
      const seq = row?.seq ?? 0;
      const event = outgoing(topic, Counted, { key: id, seq, value: tombstone ? null : { total: seq } });
      const now = await databaseNow(trx);
      const encoded = outbox.encode(event, cause, now);
      await outbox.insert(trx, [encoded], now);
      return encoded;
    });
  }

  /** Sends what waits, as the relay does, and stops. */
  async function send(): Promise<void> {
    const producer = createProducer(kafka);
    const lease = createLease(database.db, "relay", "relay-1");
    const relay = startRelay({ db: database.db, log, topics: [topic], producer, lease });
    await eventually(async () => (await rows(database.db, "SELECT id FROM outbox")).length === 0);
    await relay.stop();
  }

  /** What a relay does that was paused in the middle of a send: appends a record that was acknowledged long ago. */
  async function append({ partition, aggregateId, headers, payload }: OutboxRow): Promise<void> {
    const producer = createProducer(kafka);
    const records = [{ key: aggregateId, value: payload, headers: unpackHeaders(Buffer.from(headers)).headers }];
    const { acked } = await producer.send([{ topic: topic.name, partition, records }]);
    expect(acked).toHaveLength(1);
    await producer.disconnect();
  }

  const repair = (slot = "tally-1") =>
    repairCompactedTopic({
      db: database.db,
      kafka,
      owner,
      lease: createLease(database.db, `repair ${topic.name}`, slot),
    });
  const lastSequences = async () =>
    Object.fromEntries((await readTopic(kafka, topic)).map(({ key, seq }) => [key, seq]));

  it("tells again, under the next sequence, what a late repeat has covered, and nothing else", async () => {
    const first = await change("a");
    for (const id of ["a", "b", "b", "c", "d"]) await change(id);
    await send();
    await append(first);
    expect(await lastSequences()).toEqual({ a: 1, b: 2, c: 1, d: 1 });
    expect(await repair()).toEqual({ checked: 4, repaired: 1 });
    expect(asked).toEqual(["a 2"]);
    await send();
    expect(await lastSequences()).toEqual({ a: 3, b: 2, c: 1, d: 1 });
    expect(await repair()).toEqual({ checked: 4, repaired: 0 });
  });

  it("says nothing about a topic in order, however often events were repeated before newer ones", async () => {
    expect(await repair()).toEqual({ checked: 0, repaired: 0 });
    const first = await change("a");
    await send();
    await append(first);
    await change("a");
    await send();
    expect(await repair()).toEqual({ checked: 1, repaired: 0 });
    expect(await rows(database.db, "SELECT id FROM outbox")).toEqual([]);
  });

  it("takes a tombstone for what it is: the last word, also when state comes back behind it", async () => {
    const state = await change("gone");
    await change("gone", { tombstone: true });
    await send();
    expect(await repair()).toEqual({ checked: 1, repaired: 0 });
    await append(state);
    expect(await repair()).toEqual({ checked: 1, repaired: 1 });
    expect(asked).toEqual(["gone 2"]);
  });

  it("leaves to the relay what still waits or is parked, and tells what the topic has lost altogether", async () => {
    await change("lost");
    await execute(database.db, "DELETE FROM outbox");
    await change("waits");
    await execute(
      database.db,
      "INSERT INTO outbox_parked SELECT shard, topic, part, agg_type, 'parked', agg_seq, event_id, headers, payload, created_at, 'test', NOW(3) FROM outbox",
    );
    await execute(database.db, "INSERT INTO tally VALUES ('parked', 0, 0, NULL, 1)");
    expect(await repair()).toEqual({ checked: 1, repaired: 1 });
    expect(asked).toEqual(["lost 1"]);
  });

  it("runs in one instance at a time", async () => {
    await change("a");
    const other = createLease(database.db, `repair ${topic.name}`, "tally-2");
    expect(await other.held()).toBe(true);
    expect(await repair("tally-1")).toBeUndefined();
    await other.release();
    expect(await repair("tally-1")).toBeDefined();
  });

  it("is made soon after the start, and again when another relay has taken over", async () => {
    const first = await change("a");
    await change("a");
    await send();
    let repaired = 0;
    const keeping = keepCompactedTopic({
      db: database.db,
      kafka,
      log,
      owner,
      lease: createLease(database.db, `repair ${topic.name}`, "tally-1"),
      lookEveryMs: 50,
      onRepaired: (count) => (repaired += count),
    });
    const expiry = () =>
      rows<{ at: Date }>(database.db, "SELECT expires_at AS at FROM lease WHERE name LIKE 'repair %'");
    const isDone = async () => ((await expiry())[0]?.at.getTime() ?? Infinity) < Date.now();
    await eventually(isDone, { withinMs: 20_000, what: "the first run" });
    await append(first);
    await execute(database.db, "UPDATE lease SET owner = 'relay-2' WHERE name = 'relay'");
    await eventually(() => repaired === 1, { withinMs: 20_000, what: "the repair" });
    await keeping.stop();
    expect(asked).toEqual(["a 2"]);
  });
});
