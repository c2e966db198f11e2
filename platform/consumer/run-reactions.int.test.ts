import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { execute, rows } from "../database/database.ts";
import { ensureTopics, evictPredecessors, withAdmin } from "../kafka/admin.ts";
import { createKafka, type KafkaClient } from "../kafka/client.ts";
import { createProducer } from "../kafka/producer.ts";
import { createLogger } from "../logging/logger.ts";
import { createOutbox } from "../outbox/outbox.ts";
import { partitionOf } from "../kafka/partition-of.ts";
import { eventually } from "../testing/eventually.ts";
import { rawMessage } from "../testing/reaction-harness.ts";
import { stackUnderTest } from "../testing/stack-under-test.ts";
import { createTallyTables, tallySet, tallyTopics, Told, totals } from "../testing/tally.ts";
import { testCodec } from "../testing/test-codec.ts";
import { openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { type RunningReactions, startReactions } from "./run-reactions.ts";

const suffix = randomBytes(4).toString("hex");
const topics = tallyTopics(suffix);
const set = tallySet(topics, { group: `tally-${suffix}`, complete: true });
const log = createLogger({ service: "test", instance: "test", level: "silent" });
const codec = testCodec(Object.values(topics));

describe("reactions on Kafka", () => {
  let database: TestDatabase;
  const running: RunningReactions[] = [];
  const brokers = () => stackUnderTest().kafka.brokers;
  const kafkaOf = (clientId: string): KafkaClient => createKafka({ brokers: brokers(), clientId }, log);

  beforeAll(async () => {
    database = await openTestDatabase({ service: "reactions" });
    await createTallyTables(database.db);
    await ensureTopics({ brokers: brokers(), topics: Object.values(topics), replicationFactor: 1 });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((reactions) => reactions.stop()));
  });
  afterAll(() => database.close());

  function start(clientId: string): RunningReactions {
    const reactions = startReactions({
      db: database.connect(),
      kafka: kafkaOf(clientId),
      clientId,
      sets: [set],
      codec,
      outbox: createOutbox({ codec, source: "/mall/tally" }),
      log,
      poke: () => undefined,
      onStuck: () => undefined,
    });
    running.push(reactions);
    return reactions;
  }

  /** Tells each key 1, `from` to `to` times over, straight into the topic. */
  async function tell(keys: readonly string[], from: number, to: number): Promise<void> {
    const producer = createProducer(kafkaOf("teller"));
    const groups = Map.groupBy(keys, (key) => partitionOf(key, topics.told.partitions));
    for (let seq = from; seq <= to; seq += 1) {
      const outcome = await producer.send(
        [...groups].map(([partition, list]) => ({
          topic: topics.told.name,
          partition,
          records: list.map(
            (key) =>
              rawMessage(codec, {
                topic: topics.told,
                type: Told,
                key,
                seq,
                value: { tallyId: key, amount: 1 },
              }) as never,
          ),
        })),
      );
      expect(outcome.failed).toEqual([]);
    }
    await producer.disconnect();
  }

  const totalOf = async () => Object.values(await totals(database.db)).reduce((sum, total) => sum + total, 0);

  it("takes in what was there before it started and what comes after", async () => {
    await tell(["a", "b", "c"], 1, 2);
    const reactions = start("tally-1");
    await eventually(() => reactions.health() === "up");
    await tell(["a", "b", "c"], 3, 4);
    await eventually(async () => (await totalOf()) === 12, { what: "12 told" });
  });

  it("starts where the database says, whatever offsets Kafka remembers", async () => {
    await withAdmin(kafkaOf("admin"), (admin) =>
      admin.resetOffsets({ groupId: set.group, topic: topics.told.name, earliest: false }),
    );
    await execute(database.db, "UPDATE consumer_offset SET next_offset = 0");
    await execute(database.db, "DELETE FROM tally");
    await execute(database.db, "DELETE FROM outbox");
    start("tally-1");
    await eventually(async () => (await totalOf()) === 12, { what: "everything again" });
  });

  it("shares the partitions between two instances and loses nothing when one leaves", async () => {
    const keys = Array.from({ length: 12 }, (_, index) => `shared${index}`);
    const first = start("tally-1");
    start("tally-2");
    await tell(keys, 1, 10);
    await eventually(async () => (await totalOf()) >= 12 + 60, { withinMs: 30_000, what: "half of it" });
    const leaving = first.stop();
    await tell(keys, 11, 20);
    await leaving;
    await eventually(async () => (await totalOf()) === 12 + 240, { withinMs: 30_000, what: "all of it" });
    running.splice(running.indexOf(first), 1);
    const doubled = await rows(database.db, "SELECT agg_id FROM outbox GROUP BY agg_id, agg_seq HAVING COUNT(*) > 1");
    expect(doubled).toEqual([]);
  });

  it("puts a dead predecessor of the same slot out of the group instead of waiting for its session to end", async () => {
    const reactions = start("tally-1");
    await eventually(() => reactions.health() === "up");
    // To the group this is what a killed process looks like: a member with our client id that nobody will ever hear of.
    expect(await evictPredecessors(kafkaOf("tally-1"), set.group, "tally-1")).toBe(1);
    await tell(["evicted"], 1, 3);
    await eventually(async () => (await totals(database.db))["evicted"] === 3, {
      withinMs: 20_000,
      what: "the evicted one back",
    });
  });

  it("refuses to go on when the log ends before what the database has taken in", async () => {
    await execute(database.db, "UPDATE consumer_offset SET next_offset = next_offset + 1000");
    const reactions = start("tally-1");
    await eventually(() => reactions.health() === "LOG_BEHIND_DATABASE");
    await execute(database.db, "UPDATE consumer_offset SET next_offset = next_offset - 1000");
    await eventually(() => reactions.health() === "up", { withinMs: 20_000 });
  });
});
