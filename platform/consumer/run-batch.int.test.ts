import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute, rows } from "../database/database.ts";
import { createLogger } from "../logging/logger.ts";
import {
  type ReactionHarness,
  SimulatedCrash,
  createReactionHarness,
  rawMessage,
} from "../testing/reaction-harness.ts";
import { type TestDatabase, openTestDatabase } from "../testing/test-database.ts";
import {
  Ignored,
  Told,
  UNDECIDABLE,
  UNSAVEABLE,
  createTallyTables,
  tallySet,
  tallyTopics,
  totals,
} from "../testing/tally.ts";
import { createIntake } from "./intake.ts";
import { createPositions } from "./positions.ts";
import { runBatch } from "./run-batch.ts";

const topics = tallyTopics("v1");
const log = createLogger({ service: "test", instance: "test", level: "silent" });
const complete = tallySet(topics, { group: "tally", complete: true });
const selective = tallySet(topics, { group: "tally", complete: false });

describe("run a batch", () => {
  let database: TestDatabase;
  let harness: ReactionHarness;

  const told = (key: string, seq: number, amount: number) => ({
    topic: topics.told,
    type: Told,
    key,
    seq,
    value: { tallyId: key, amount },
  });
  const parked = () =>
    rows<{ msg_key: Buffer | null; agg_seq: number; state: string; reason: string }>(
      database.db,
      "SELECT msg_key, agg_seq, state, reason FROM parked_event ORDER BY src_part, src_offset",
    );
  const emittedTotals = async () =>
    (await harness.emitted()).filter(({ name }) => name === "Counted").map(({ value }) => value);
  const harnessFor = (set: typeof complete) =>
    createReactionHarness({ db: database.db, sets: [set], topics: Object.values(topics), source: "/mall/tally" });

  beforeAll(async () => {
    database = await openTestDatabase({ service: "consumer" });
    await createTallyTables(database.db);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    for (const table of ["tally", "outbox", "parked_event", "consumer_offset"])
      await execute(database.db, "DELETE FROM ??", [table]);
    harness = await harnessFor(complete);
  });

  it("commits rows, outgoing events and offsets together", async () => {
    await harness.deliverBatch([told("a", 1, 5), told("b", 1, 7), told("a", 2, 3)]);
    expect(await totals(database.db)).toEqual({ a: 8, b: 7 });
    expect((await harness.emitted()).map(({ key, seq, value }) => ({ key, seq, value }))).toEqual(
      expect.arrayContaining([
        { key: "a", seq: 1, value: { total: 5 } },
        { key: "a", seq: 2, value: { total: 8 } },
        { key: "b", seq: 1, value: { total: 7 } },
      ]),
    );
  });

  it("changes nothing when the same offsets come again", async () => {
    await harness.deliver(topics.told, Told, { key: "a", seq: 1, value: { tallyId: "a", amount: 5 } });
    await harness.redeliver();
    expect(await totals(database.db)).toEqual({ a: 5 });
    expect(await emittedTotals()).toEqual([{ total: 5 }]);
  });

  it("changes nothing when the same event comes again at a later offset", async () => {
    await harness.deliver(topics.told, Told, { key: "a", seq: 1, value: { tallyId: "a", amount: 5 } });
    await harness.repeat();
    expect(await emittedTotals()).toEqual([{ total: 5 }]);
  });

  it("changes nothing when the whole topic is read again from the start", async () => {
    const history = [
      { ...told("a", 1, 5), eventId: "018f0000-0000-7000-8000-000000000001" },
      { ...told("a", 2, 6), eventId: "018f0000-0000-7000-8000-000000000002" },
    ];
    await harness.deliverBatch(history);
    await harness.rewind();
    await harness.deliverBatch(history);
    expect(await emittedTotals()).toEqual([{ total: 5 }, { total: 11 }]);
  });

  it.each(["before-commit", "after-commit"] as const)("loses and doubles nothing after a crash %s", async (point) => {
    harness.crashAt(point);
    await expect(harness.deliverBatch([told("a", 1, 5), told("b", 1, 1)])).rejects.toThrow(SimulatedCrash);
    expect(await totals(database.db)).toEqual(point === "before-commit" ? {} : { a: 5, b: 1 });
    await harness.redeliver();
    expect(await totals(database.db)).toEqual({ a: 5, b: 1 });
    expect(await emittedTotals()).toHaveLength(2);
  });

  it("lets one of two owners take a batch in, whichever locks first", async () => {
    const other = database.connect();
    const batch = (seq: number, offset: number) => ({
      topic: topics.told.name,
      partition: 0,
      messages: [{ ...rawMessage(harness.codec, told("a", seq, 5)), offset: String(offset) }],
    });
    const deps = (db: typeof other) => ({
      db,
      codec: harness.codec,
      outbox: harness.outbox,
      log: createLogger({ service: "t", instance: "t", level: "silent" }),
    });
    for (let seq = 1; seq <= 10; seq += 1) {
      const shared = batch(seq, seq - 1);
      await Promise.all([runBatch(complete, [shared], deps(database.db)), runBatch(complete, [shared], deps(other))]);
    }
    expect(await totals(database.db)).toEqual({ a: 50 });
    expect(await emittedTotals()).toHaveLength(10);
  });

  it("parks behind a gap and goes on in order when the late event comes", async () => {
    await harness.deliverBatch([told("a", 1, 1), told("a", 3, 100), told("b", 1, 7)]);
    expect(await totals(database.db)).toEqual({ a: 1, b: 7 });
    await harness.deliverBatch([told("a", 4, 1_000)]);
    await harness.deliverBatch([told("a", 2, 10)]);
    await execute(database.db, "UPDATE parked_event SET next_try_at = NOW(3)");
    await harness.replayParked();
    expect(await totals(database.db)).toEqual({ a: 1_111, b: 7 });
    expect((await parked()).map(({ state }) => state)).toEqual(["resolved", "resolved", "resolved"]);
    await harness.deliver(topics.told, Told, { key: "a", seq: 5, value: { tallyId: "a", amount: 1 } });
    expect(await totals(database.db)).toEqual({ a: 1_112, b: 7 });
  });

  it("accepts a gap when its patience has run out", async () => {
    await harness.deliverBatch([told("a", 1, 1), told("a", 3, 100)]);
    await execute(database.db, "UPDATE parked_event SET next_try_at = NOW(3)");
    await harness.replayParked();
    expect(await totals(database.db)).toEqual({ a: 1 });
    await execute(database.db, "UPDATE parked_event SET next_try_at = NOW(3), parked_at = NOW(3) - INTERVAL 61 SECOND");
    await harness.replayParked();
    expect(await totals(database.db)).toEqual({ a: 101 });
  });

  it("takes a gap for granted in a set that is not complete for the topic", async () => {
    harness = await harnessFor(selective);
    await harness.deliverBatch([told("a", 1, 1), { ...told("a", 2, 50), type: Ignored }, told("a", 3, 100)]);
    expect(await totals(database.db)).toEqual({ a: 101 });
    expect(await parked()).toEqual([]);
  });

  it("stops only the key of a poison event, keeps its followers in order and copies it to the dead letters", async () => {
    await harness.deliverBatch([told("a", 1, 1), told("a", 2, UNDECIDABLE), told("a", 3, 3), told("b", 1, 7)]);
    await harness.deliver(topics.told, Told, { key: "a", seq: 4, value: { tallyId: "a", amount: 4 } });
    expect(await totals(database.db)).toEqual({ a: 1, b: 7 });
    expect(await parked()).toMatchObject([
      { agg_seq: 2, state: "poison", reason: "state" },
      { agg_seq: 3, state: "retry", reason: "behind" },
      { agg_seq: 4, state: "retry", reason: "behind" },
    ]);
    const [letter, ...none] = (await harness.emitted()).filter(({ topic }) => topic === topics.deadLetters.name);
    expect(none).toEqual([]);
    expect(letter).toMatchObject({
      key: "a",
      headers: { "dlq-reason": "state", "dlq-group": "tally", ce_sequence: "0000000002" },
    });
    await execute(database.db, "UPDATE parked_event SET next_try_at = NOW(3) WHERE state = 'retry'");
    await harness.replayParked();
    expect(await totals(database.db)).toEqual({ a: 1, b: 7 });
  });

  it("finds the event that the database refuses by halving, and takes in all others", async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    await harness.deliverBatch(keys.map((key, index) => told(key, 1, index === 13 ? UNSAVEABLE : 1)));
    expect(Object.keys(await totals(database.db))).toHaveLength(19);
    expect(await parked()).toMatchObject([{ msg_key: Buffer.from("k13"), state: "poison", reason: "sql" }]);
  });

  it("parks bytes that cannot be decoded, and messages without key or headers, which block nobody", async () => {
    const good = rawMessage(harness.codec, told("a", 1, 1));
    await harness.deliverRaw(topics.told, [
      { ...good, key: Buffer.from("z"), value: Buffer.from([0, 0, 0, 0, 1, 255, 255]) },
      { ...good, key: null },
      { ...good, headers: {} },
      good,
    ]);
    expect(await totals(database.db)).toEqual({ a: 1 });
    expect((await parked()).map(({ state, reason }) => `${state} ${reason}`)).toEqual([
      "poison decode",
      "poison decode",
      "poison decode",
    ]);
  });

  it("calls the same sequence with another event id poison", async () => {
    await harness.deliver(topics.told, Told, { key: "a", seq: 1, value: { tallyId: "a", amount: 1 } });
    await harness.deliver(topics.told, Told, { key: "a", seq: 1, value: { tallyId: "a", amount: 2 } });
    expect(await totals(database.db)).toEqual({ a: 1 });
    expect(await parked()).toMatchObject([{ state: "poison", reason: "state" }]);
  });

  it("holds a partition at an unknown schema and takes in what comes before", async () => {
    const known = { ...rawMessage(harness.codec, told("a", 1, 1)), offset: "0" };
    const unknown = { ...known, value: Buffer.from([0, 0, 0, 9, 9, 2]), offset: "1" };
    const deps = {
      db: database.db,
      codec: harness.codec,
      outbox: harness.outbox,
      log: createLogger({ service: "t", instance: "t", level: "silent" }),
    };
    const batch = { topic: topics.told.name, partition: 0, messages: [known, unknown] };
    const outcome = await runBatch(complete, [batch], deps);
    expect(outcome.held).toMatchObject([{ offset: "1", schemaId: 2313 }]);
    expect(await totals(database.db)).toEqual({ a: 1 });
    await runBatch(complete, [batch], { ...deps, schemaGivenUp: () => true });
    expect(await parked()).toMatchObject([{ state: "poison", reason: "schema" }]);
  });

  it("takes nothing in behind a held message, also when the fetch is larger than one transaction", async () => {
    const unknown = Buffer.from([0, 0, 0, 9, 9, 2]);
    const messages = Array.from({ length: 1_500 }, (_, index) => {
      const message = { ...rawMessage(harness.codec, told(`k${index}`, 1, 1)), offset: String(index) };
      return index === 500 ? { ...message, value: unknown } : message;
    });
    const deps = { db: database.db, codec: harness.codec, outbox: harness.outbox, log };
    const intake = createIntake({
      sets: [complete],
      deps,
      positions: createPositions(database.db, "tally", () => undefined),
      patience: { verdict: () => ({ kind: "pause", forMs: 1 }), givenUp: () => false },
      onCommit: () => undefined,
      onLogBehind: () => undefined,
    });
    const verdict = await intake({ topic: topics.told.name, partition: 0, messages, highWatermark: "1500" });
    expect(verdict.kind).toBe("pause");
    expect(Object.keys(await totals(database.db))).toHaveLength(500);
    const [offset] = await rows(database.db, "SELECT next_offset FROM consumer_offset WHERE topic = ? AND part = 0", [
      topics.told.name,
    ]);
    expect(offset).toEqual({ next_offset: "500" });
  });

  it("condemns no event for an error that says nothing about it", async () => {
    const failures = [{ errno: 1146 }, { errno: 1142 }, { errno: -113, syscall: "connect" }, { errno: 1317 }];
    for (const failure of failures) {
      const failing = { ...complete, save: async () => Promise.reject(Object.assign(new Error("no"), failure)) };
      const batch = {
        topic: topics.told.name,
        partition: 0,
        messages: [{ ...rawMessage(harness.codec, told("a", 1, 1)), offset: "0" }],
      };
      const deps = { db: database.db, codec: harness.codec, outbox: harness.outbox, log };
      await expect(runBatch(failing, [batch], deps)).rejects.toMatchObject(failure);
    }
    expect(await parked()).toEqual([]);
  });

  it("replays one key although another can never be saved, and names the row that cannot", async () => {
    await harness.deliverBatch([
      told("bad", 1, 1),
      told("bad", 3, UNSAVEABLE * 100),
      told("good", 1, 1),
      told("good", 3, 100),
    ]);
    await harness.deliverBatch([told("bad", 2, 1), told("good", 2, 10)]);
    for (let round = 0; round < 3; round += 1) {
      await execute(database.db, "UPDATE parked_event SET next_try_at = NOW(3) WHERE state = 'retry'");
      await harness.replayParked();
    }
    expect(await totals(database.db)).toEqual({ bad: 2, good: 111 });
    expect((await parked()).filter(({ state }) => state === "poison")).toMatchObject([{ agg_seq: 3, reason: "gap" }]);
  });

  it("lets a key go on beside a message of the same key that has no envelope", async () => {
    const good = rawMessage(harness.codec, told("a", 1, 1));
    await harness.deliverRaw(topics.told, [{ ...good, headers: {} }]);
    await harness.deliver(topics.told, Told, { key: "a", seq: 1, value: { tallyId: "a", amount: 1 } });
    expect(await totals(database.db)).toEqual({ a: 1 });
  });

  it("gives each gap its own patience", async () => {
    await harness.deliverBatch([told("a", 1, 1), told("a", 3, 10), told("a", 7, 100)]);
    await execute(database.db, "UPDATE parked_event SET next_try_at = NOW(3)");
    await execute(database.db, "UPDATE parked_event SET parked_at = NOW(3) - INTERVAL 61 SECOND WHERE agg_seq = 3");
    await harness.replayParked();
    expect(await totals(database.db)).toEqual({ a: 11 });
  });

  it("takes in the sound ones of many events that cannot be decided", async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
    await harness.deliverBatch(keys.map((key, index) => told(key, 1, index % 3 === 0 ? UNDECIDABLE : 1)));
    expect(Object.keys(await totals(database.db))).toHaveLength(40);
    expect(await parked()).toHaveLength(20);
  });
});
