/** A toy aggregate for tests of the messaging itself: a tally counts what it is told and answers each time with its total. */
import type { Knex } from "knex";
import { type BatchState, reaction, reactions, type AnyReactions, type Seen } from "../consumer/reaction.ts";
import { execute, placeholders, rows, type Transaction } from "../database/database.ts";
import { createConsumerTables, createOutboxTables } from "../database/platform-tables.ts";
import { uuidBytes, uuidText } from "../ids/uuid-bytes.ts";
import type { EventType, Topic } from "../kafka/topic.ts";
import { outgoing } from "../outbox/outgoing.ts";

interface ToldValue {
  readonly tallyId: string;
  readonly amount: number;
}

const toldFields = [
  { name: "tallyId", type: "string" },
  { name: "amount", type: "long" },
];

export const Told: EventType<ToldValue> = {
  name: "Told",
  owner: "teller",
  schema: { type: "record", name: "Told", namespace: "mall.teller", fields: toldFields },
};
export const Ignored: EventType<ToldValue> = {
  name: "Ignored",
  owner: "teller",
  schema: { type: "record", name: "Ignored", namespace: "mall.teller", fields: toldFields },
};
export const Counted: EventType<{ total: number }> = {
  name: "Counted",
  owner: "tally",
  schema: { type: "record", name: "Counted", namespace: "mall.tally", fields: [{ name: "total", type: "long" }] },
};

const topic = (fields: Pick<Topic, "name" | "aggregateType" | "owner" | "events">): Topic => ({
  key: "tallyId",
  partitions: 3,
  cleanupPolicy: "delete",
  retentionMs: 3_600_000,
  maxMessageBytes: 64 * 1024,
  ...fields,
});

/** The topics of one test; `suffix` keeps them apart from those of other tests on the same broker. */
export function tallyTopics(suffix: string): { told: Topic; counted: Topic; deadLetters: Topic } {
  return {
    told: topic({ name: `teller.told.${suffix}`, aggregateType: 201, owner: "teller", events: [Told, Ignored] }),
    counted: topic({ name: `tally.counted.${suffix}`, aggregateType: 202, owner: "tally", events: [Counted] }),
    deadLetters: topic({ name: `tally.dead-letter.${suffix}`, aggregateType: 203, owner: "tally", events: [] }),
  };
}

/** An amount that the decision throws on, and one that the table refuses. */
export const UNDECIDABLE = 666;
export const UNSAVEABLE = -1;

interface Tally {
  readonly id: string;
  total: number;
  toldSeq: number;
  toldEventId: string | undefined;
  seq: number;
}

class Tallies implements BatchState {
  readonly byId: Map<string, Tally>;
  constructor(loaded: readonly Tally[]) {
    this.byId = new Map(loaded.map((tally) => [tally.id, tally]));
  }
  of(id: string): Tally {
    const tally = this.byId.get(id) ?? { id, total: 0, toldSeq: 0, toldEventId: undefined, seq: 0 };
    this.byId.set(id, tally);
    return tally;
  }
  seen(_topic: string, key: string): Seen | undefined {
    const tally = this.byId.get(key);
    return tally?.toldEventId === undefined ? undefined : { seq: tally.toldSeq, eventId: tally.toldEventId };
  }
  markSeen(_topic: string, key: string, seen: Seen): void {
    const tally = this.byId.get(key);
    if (tally) Object.assign(tally, { toldSeq: seen.seq, toldEventId: seen.eventId });
  }
}

/** The set, complete for its topic or not; `group` of the consumer. */
export function tallySet(
  topics: ReturnType<typeof tallyTopics>,
  options: { group: string; complete: boolean },
): AnyReactions {
  const count = reaction({
    on: Told,
    decide(tallies: Tallies, told) {
      if (told.amount === UNDECIDABLE) throw new TypeError("cannot be decided");
      const tally = tallies.of(told.tallyId);
      tally.total += told.amount;
      tally.seq += 1;
      return outgoing(topics.counted, Counted, { key: told.tallyId, seq: tally.seq, value: { total: tally.total } });
    },
  });
  return reactions({
    group: options.group,
    from: [topics.told],
    complete: options.complete ? [topics.told] : [],
    deadLetters: topics.deadLetters,
    on: [count],
    load: async (trx, events) => new Tallies(await loadTallies(trx, [...new Set(events.map((event) => event.key))])),
    save: (trx, tallies: Tallies) => saveTallies(trx, [...tallies.byId.values()]),
  });
}

export async function createTallyTables(db: Knex): Promise<void> {
  await createOutboxTables(db);
  await createConsumerTables(db);
  await db.raw(`CREATE TABLE tally (id VARCHAR(40) PRIMARY KEY, total INT NOT NULL CHECK (total >= 0),
    told_seq INT UNSIGNED NOT NULL, told_event_id BINARY(16), seq INT UNSIGNED NOT NULL)`);
}

export async function totals(db: Knex): Promise<Record<string, number>> {
  const found = await rows<{ id: string; total: number }>(db, "SELECT id, total FROM tally ORDER BY id");
  return Object.fromEntries(found.map(({ id, total }) => [id, total]));
}

async function loadTallies(trx: Transaction, ids: readonly string[]): Promise<Tally[]> {
  if (ids.length === 0) return [];
  const found = await rows<{ id: string; total: number; told_seq: number; told_event_id: Buffer | null; seq: number }>(
    trx,
    `SELECT * FROM tally WHERE id IN ${placeholders(1, ids.length)} ORDER BY id FOR UPDATE`,
    ids,
  );
  return found.map((row) => ({
    id: row.id,
    total: row.total,
    toldSeq: row.told_seq,
    toldEventId: row.told_event_id === null ? undefined : uuidText(row.told_event_id),
    seq: row.seq,
  }));
}

async function saveTallies(trx: Transaction, tallies: readonly Tally[]): Promise<void> {
  if (tallies.length === 0) return;
  await execute(
    trx,
    `INSERT INTO tally (id, total, told_seq, told_event_id, seq) VALUES ${placeholders(tallies.length, 5)}
     ON DUPLICATE KEY UPDATE total = VALUES(total), told_seq = VALUES(told_seq), told_event_id = VALUES(told_event_id), seq = VALUES(seq)`,
    tallies.flatMap(({ id, total, toldSeq, toldEventId, seq }) => [
      id,
      total,
      toldSeq,
      toldEventId === undefined ? null : uuidBytes(toldEventId),
      seq,
    ]),
  );
}
