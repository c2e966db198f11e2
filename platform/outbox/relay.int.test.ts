import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Codec } from "../avro/codec.ts";
import { databaseNow, execute, inTransaction, rows } from "../database/database.ts";
import { ensureTopics } from "../kafka/admin.ts";
import { createKafka, type KafkaClient } from "../kafka/client.ts";
import { createProducer, type EventProducer, type RecordGroup } from "../kafka/producer.ts";
import { createLogger } from "../logging/logger.ts";
import { eventually } from "../testing/eventually.ts";
import { stackUnderTest } from "../testing/stack-under-test.ts";
import { createTallyTables, Counted, tallyTopics } from "../testing/tally.ts";
import { testCodec } from "../testing/test-codec.ts";
import { openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { sequenceFaults } from "../testing/sequence-faults.ts";
import { readTopic, type ReadRecord } from "../testing/topic-reader.ts";
import { createLease } from "./lease.ts";
import { measureOutbox, parkAggregateFrom, readHead } from "./outbox-store.ts";
import { createOutbox } from "./outbox.ts";
import { outgoing } from "./outgoing.ts";
import { type Relay, type RelayOptions, startRelay } from "./relay.ts";

const topics = tallyTopics(randomBytes(4).toString("hex"));
const log = createLogger({ service: "test", instance: "test", level: "silent" });
const cause = { correlationId: "c", causationId: "c", traceparent: "" };

describe("relay", () => {
  let database: TestDatabase;
  let kafka: KafkaClient;
  let codec: Codec;
  const relays: Relay[] = [];

  beforeAll(async () => {
    database = await openTestDatabase({ service: "relay" });
    await createTallyTables(database.db);
    const { brokers } = stackUnderTest().kafka;
    kafka = createKafka({ brokers, clientId: "relay-test" }, log);
    codec = testCodec(Object.values(topics));
    await ensureTopics({ brokers, topics: Object.values(topics), replicationFactor: 1 });
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    for (const table of ["outbox", "outbox_parked", "lease"]) await execute(database.db, "DELETE FROM ??", [table]);
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  });

  function start(extra: Partial<RelayOptions> = {}, owner = "relay-1"): Relay {
    const db = database.connect();
    const relay = startRelay({
      db,
      log,
      topics: Object.values(topics),
      producer: createProducer(kafka),
      lease: createLease(db, `relay ${owner}`, owner),
      ...extra,
    });
    relays.push(relay);
    return relay;
  }

  /** Emits the next `count` events of each key, each in a transaction of its own that locks the key's row. */
  async function emit(keys: readonly string[], count: number): Promise<void> {
    const outbox = createOutbox({ codec, source: "/mall/tally" });
    for (let round = 0; round < count; round += 1) {
      await Promise.all(
        keys.map((key) =>
          inTransaction(database.db, async (trx) => {
            await execute(trx, "INSERT IGNORE INTO tally VALUES (?, 0, 0, NULL, 0)", [key]);
            const [row] = await rows<{ seq: number }>(trx, "SELECT seq FROM tally WHERE id = ? FOR UPDATE", [key]);
            const seq = (row?.seq ?? 0) + 1;
            await execute(trx, "UPDATE tally SET seq = ? WHERE id = ?", [seq, key]);
            const event = outgoing(topics.counted, Counted, { key, seq, value: { total: seq } });
            await outbox.append(trx, [event], { cause, now: await databaseNow(trx) });
          }),
        ),
      );
    }
  }

  const emptied = () =>
    eventually(async () => (await rows(database.db, "SELECT id FROM outbox")).length === 0, {
      withinMs: 30_000,
      what: "an empty outbox",
    });
  const keysOf = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const ofKeys = async (prefix: string) =>
    (await readTopic(kafka, topics.counted)).filter(({ key }) => key.startsWith(prefix));

  it("sends what is committed soon after a poke, with its key, envelope and partition", async () => {
    const relay = start();
    await emit(["poked"], 1);
    relay.poke();
    await emptied();
    const [record] = await ofKeys("poked");
    expect(record).toMatchObject({ key: "poked", seq: 1 });
    expect(record?.headers).toMatchObject({ ce_type: "mall.tally.Counted.v1", ce_subject: "poked" });
  });

  it("finds rows that nobody poked it about", async () => {
    start();
    await emit(["unpoked"], 1);
    await emptied();
    expect(await ofKeys("unpoked")).toHaveLength(1);
  });

  it("keeps every key's order and loses nothing under crashes at every point, with two relays at work", async () => {
    let turns = 0;
    const crashNowAndThen: RelayOptions["at"] = () => {
      turns += 1;
      if (turns % 5 === 0) throw new Error("crash");
    };
    start({ at: crashNowAndThen }, "relay-1");
    start({ at: crashNowAndThen }, "relay-2");
    await emit(keysOf("crash", 8), 25);
    await emptied();
    const records = await ofKeys("crash");
    expect(turns).toBeGreaterThan(10);
    expect(sequenceFaults(records, 25)).toEqual([]);
  });

  it("deletes only what the broker acknowledged for its own partition", async () => {
    const real = createProducer(kafka);
    let dropped = 0;
    // What kafkajs does after a leader move: the send resolves, one partition was never sent.
    const forgetful: EventProducer = {
      ...real,
      async send(groups) {
        const [first, ...rest] = groups;
        if (dropped < 5 && first && rest.length > 0) {
          dropped += 1;
          const outcome = await real.send(rest);
          return { ...outcome, failed: [first, ...outcome.failed] };
        }
        return real.send(groups);
      },
    };
    start({ producer: forgetful });
    await emit(keysOf("ack", 9), 5);
    await emptied();
    expect(dropped).toBeGreaterThan(0);
    expect(sequenceFaults(await ofKeys("ack"), 5)).toEqual([]);
  });

  it("parks what the broker refuses for good, with its successors, and sends all else", async () => {
    await emit(["large", "small"], 1);
    await execute(database.db, "UPDATE outbox SET payload = REPEAT('x', 100000) WHERE agg_id = 'large'");
    await emit(["large", "small"], 1);
    start();
    await emptied();
    expect(sequenceFaults(await ofKeys("small"), 2)).toEqual([]);
    expect(await ofKeys("large")).toEqual([]);
    const parked = await rows<{ agg_seq: number; reason: string }>(
      database.db,
      "SELECT agg_seq, reason FROM outbox_parked ORDER BY agg_seq",
    );
    expect(parked).toMatchObject([{ agg_seq: 1, reason: "MESSAGE_TOO_LARGE" }, { agg_seq: 2 }]);
  });

  it("holds back an aggregate with a parked event, even from a relay that did not park it", async () => {
    await emit(["held"], 2);
    await execute(
      database.db,
      "INSERT INTO outbox_parked SELECT shard, topic, part, agg_type, agg_id, agg_seq, event_id, headers, payload, created_at, 'test', NOW(3) FROM outbox WHERE agg_seq = 1",
    );
    await execute(database.db, "DELETE FROM outbox WHERE agg_seq = 1");
    start();
    await emit(["free"], 1);
    await eventually(async () => (await ofKeys("free")).length === 1);
    expect(await ofKeys("held")).toEqual([]);
  });

  it("parks what a writer was just inserting, too, and loses nothing of it", async () => {
    await emit(["racing"], 1);
    const [first] = await readHead(database.db, 1);
    const writing = inTransaction(database.connect(), async (trx) => {
      await execute(
        trx,
        `INSERT INTO outbox (shard, topic, part, agg_type, agg_id, agg_seq, event_id, headers, payload, created_at)
         SELECT shard, topic, part, agg_type, agg_id, 2, event_id, headers, payload, created_at FROM outbox`,
      );
      const parking = parkAggregateFrom(database.db, first!, "test");
      await rows(trx, "SELECT SLEEP(0.3)"); // the parking waits for this transaction meanwhile
      return { parking };
    });
    await (
      await writing
    ).parking;
    const parked = await rows(database.db, "SELECT agg_seq FROM outbox_parked ORDER BY agg_seq");
    expect(parked).toEqual([{ agg_seq: 1 }, { agg_seq: 2 }]);
    expect(await rows(database.db, "SELECT id FROM outbox")).toEqual([]);
  });

  it("does not count followers of a parked event as waiting to be sent", async () => {
    await emit(["pinned"], 1);
    const [first] = await readHead(database.db, 1);
    await parkAggregateFrom(database.db, first!, "test");
    await emit(["pinned"], 1);
    expect(await measureOutbox(database.db)).toEqual({ rows: 0, ageMs: 0 });
  });

  it("leaves a topic alone that cannot be written to, and sends all others", async () => {
    await emit(["elsewhere", "here"], 1);
    await execute(database.db, "UPDATE outbox SET topic = 'missing.topic' WHERE agg_id = 'elsewhere'");
    start();
    await eventually(async () => (await ofKeys("here")).length > 0);
    expect(await rows(database.db, "SELECT agg_seq FROM outbox")).toHaveLength(1);
    expect(await rows(database.db, "SELECT agg_seq FROM outbox_parked")).toEqual([]);
  });

  it("works in one instance at a time when both share a lease, and in the other one soon after the first is gone", async () => {
    const sentBy: string[] = [];
    const shared = (owner: string): Partial<RelayOptions> => {
      const producer = createProducer(kafka);
      return {
        lease: createLease(database.connect(), "relay", owner),
        producer: {
          ...producer,
          send: (groups: readonly RecordGroup[]) => (sentBy.push(owner), producer.send(groups)),
        },
      };
    };
    const first = start(shared("relay-1"));
    await emit(["lease"], 1);
    await emptied();
    const second = start(shared("relay-2"));
    await emit(["lease"], 5);
    await emptied();
    expect(new Set(sentBy)).toEqual(new Set(["relay-1"]));
    await first.stop();
    await emit(["lease"], 1);
    second.poke();
    await emptied();
    expect(sentBy.at(-1)).toBe("relay-2");
  });

  it("drains before it stops", async () => {
    const relay = start();
    await emit(keysOf("drain", 3), 10);
    await relay.stop();
    expect(await rows(database.db, "SELECT id FROM outbox")).toEqual([]);
    expect(sequenceFaults(await ofKeys("drain"), 10)).toEqual([]);
  });

  it("is caught by its own checker when it reads by watermark, skips rows or deletes before the acknowledgement", () => {
    const record = (seq: number): ReadRecord => ({ key: "k", seq, eventId: `e${seq}`, headers: {}, value: null });
    expect(sequenceFaults([record(1), record(3)], 3)).toEqual(["k: 2 lost"]);
    expect(sequenceFaults([record(2), record(1)], 2)).toEqual(["k: 2 before 1"]);
    expect(sequenceFaults([record(1), record(2), record(1), record(2)], 2)).toEqual([]);
    expect(sequenceFaults([record(1), { ...record(1), eventId: "other" }], 1)).toEqual([
      "k: 1 twice with different ids",
    ]);
  });
});
