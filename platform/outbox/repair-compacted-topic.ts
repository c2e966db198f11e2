/**
 * Keeps a compacted topic true to its owner's rows. A repeat of an older record can be appended behind a newer one (a relay
 * that was paused, a request that timed out and was carried out later); compaction would then keep the old state for ever,
 * and whoever builds a replica from the topic would have it.
 *
 * Guarantees: after a run, the last record of each key that was settled before the run is that of its row, or its state is on its
 * way again under the next sequence. A topic in order gets nothing. Does not guarantee anything about what is still in the
 * outbox: that is the relay's, and the next run's. Holds the ids and sequences of all keys in memory while it reads, some
 * 100 bytes each.
 */
import type { Knex } from "knex";
import { placeholders, rows } from "../database/database.ts";
import { inPages } from "../database/key-pages.ts";
import type { KafkaClient } from "../kafka/client.ts";
import { headerText } from "../kafka/envelope.ts";
import { readToEnd } from "../kafka/read-to-end.ts";
import type { Topic } from "../kafka/topic.ts";
import type { Lease } from "./lease.ts";

/** A key and the sequence of the last event that its row has put into the outbox. */
export interface EmittedKey {
  readonly key: string;
  readonly seq: number;
  /** Its last event is a tombstone, which compaction takes away after a while: having no record is then in order. */
  readonly removed?: boolean | number;
}

export interface CompactedOwner {
  readonly topic: Topic;
  /** Keys behind `after` in the order of their ids; those with a tombstone too. Empty at the end. */
  readPage(after: string | undefined, limit: number): Promise<readonly EmittedKey[]>;
  /**
   * In one transaction: locks the rows, and emits state or tombstone again with seq + 1 where the row still has the sequence
   * given; a row that moved on needs nothing. Returns how many were emitted.
   */
  emitAgain(keys: readonly EmittedKey[]): Promise<number>;
}

export interface RepairParts {
  readonly db: Knex;
  readonly kafka: KafkaClient;
  readonly lease: Lease;
  readonly owner: CompactedOwner;
}

export interface RepairOutcome {
  readonly checked: number;
  readonly repaired: number;
}

const PAGE = 1_000;
const REPAIRED_AT_ONCE = 100;

/** One run; undefined when another instance has the lease, or took it meanwhile. */
export async function repairCompactedTopic(parts: RepairParts): Promise<RepairOutcome | undefined> {
  const { kafka, lease, owner } = parts;
  const mayGoOn = (): Promise<boolean> => lease.held();
  if (!(await mayGoOn())) return undefined;
  const settled = await settledKeys(parts, mayGoOn);
  if (settled === undefined) return undefined;
  const checked = settled.size;
  const behind = new Map<string, number>();
  for (const { key, seq, removed } of settled.values()) if (!removed) behind.set(key, seq);
  const isRead = await readToEnd({
    kafka,
    topic: owner.topic.name,
    reader: `${owner.topic.owner}-repair`,
    mayGoOn,
    onRecord({ key, headers }) {
      const id = key?.toString() ?? "";
      const expected = settled.get(id)?.seq;
      const seq = Number(headerText(headers, "ce_sequence"));
      if (expected === undefined || !Number.isSafeInteger(seq)) return;
      // The last record decides: one that is older than the row makes a key stale again that a newer one had settled.
      if (seq < expected) behind.set(id, expected);
      else behind.delete(id);
    },
  });
  if (!isRead) return undefined;
  let repaired = 0;
  const stale = [...behind].map(([key, seq]) => ({ key, seq }));
  for (let from = 0; from < stale.length; from += REPAIRED_AT_ONCE) {
    if (!(await mayGoOn())) return undefined;
    repaired += await owner.emitAgain(stale.slice(from, from + REPAIRED_AT_ONCE));
  }
  return { checked, repaired };
}

/**
 * Keys all of whose events were acknowledged by the broker before this returns, so that a reading that begins afterwards
 * must find them. First the rows, then what waits: an event committed between the two only hides its key from this run.
 */
async function settledKeys(
  { db, owner }: RepairParts,
  mayGoOn: () => Promise<boolean>,
): Promise<Map<string, EmittedKey> | undefined> {
  const settled = new Map<string, EmittedKey>();
  for (let after: string | undefined; ;) {
    if (!(await mayGoOn())) return undefined;
    const page = await owner.readPage(after, PAGE);
    if (page.length === 0) return settled;
    const keys = page.map(({ key }) => key);
    const waiting = await waitingKeys(db, owner.topic, keys);
    for (const entry of page) if (entry.seq > 0 && !waiting.has(entry.key)) settled.set(entry.key, entry);
    after = keys.at(-1);
  }
}

/** Those of the keys that have an event in the outbox, or one set aside from it. */
async function waitingKeys(db: Knex, { aggregateType }: Topic, keys: readonly string[]): Promise<Set<string>> {
  const waiting = new Set<string>();
  for (const page of inPages(keys)) {
    const found = await rows<{ agg_id: Buffer }>(
      db,
      `SELECT agg_id FROM outbox WHERE agg_type = ? AND agg_id IN ${placeholders(1, page.length)}
       UNION SELECT agg_id FROM outbox_parked WHERE agg_type = ? AND agg_id IN ${placeholders(1, page.length)}`,
      [aggregateType, ...page, aggregateType, ...page],
    );
    for (const { agg_id } of found) waiting.add(agg_id.toString());
  }
  return waiting;
}
