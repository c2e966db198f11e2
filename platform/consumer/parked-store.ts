/** All SQL on events set aside: poison, and what must wait behind it or behind a gap, per key and in order. */
import type { Knex } from "knex";
import { execute, placeholders, rows, type Transaction } from "../database/database.ts";
import { packHeaders, unpackHeaders } from "../outbox/stored-headers.ts";
import type { Item, RawMessage } from "./batch.ts";

export interface ParkedRow {
  readonly topic: string;
  readonly partition: number;
  readonly message: RawMessage;
  readonly state: "retry" | "poison";
  readonly reason: string;
  readonly parkedAt: Date;
}

/** What parking means for a batch: keys that must not go on, and offsets that were settled by hand. */
export interface ParkedView {
  isBlocked(topic: string, key: Buffer | null): boolean;
  isSettled(topic: string, partition: number, offset: string): boolean;
}

export const NOTHING_PARKED: ParkedView = { isBlocked: () => false, isSettled: () => false };

interface Row {
  src_topic: string;
  src_part: number;
  src_offset: string;
  msg_key: Buffer | null;
  headers: Buffer;
  payload: Buffer | null;
  state: "retry" | "poison" | "resolved" | "skipped";
  reason: string;
  parked_at: Date;
}

/** Reads what is parked for the keys of a batch; the partitions' fences must be held. */
export async function viewParked(trx: Transaction, group: string, items: readonly Item[]): Promise<ParkedView> {
  const keys = [...new Map(items.map(({ message }) => [message.key?.toString("hex"), message.key])).values()];
  const known = keys.filter((key) => key !== null);
  if (known.length === 0) return NOTHING_PARKED;
  const found = await rows<Pick<Row, "src_topic" | "src_part" | "src_offset" | "msg_key" | "state">>(
    trx,
    `SELECT src_topic, src_part, src_offset, msg_key, state FROM parked_event
     WHERE grp = ? AND (agg_seq IS NOT NULL OR state IN ('resolved', 'skipped'))
       AND src_topic IN ${placeholders(1, new Set(items.map(({ topic }) => topic)).size)}
       AND msg_key IN ${placeholders(1, known.length)}`,
    [group, ...new Set(items.map(({ topic }) => topic)), ...known],
  );
  const blocked = new Set<string>();
  const settled = new Set<string>();
  for (const row of found) {
    if (row.state === "retry" || row.state === "poison")
      blocked.add(`${row.src_topic} ${row.msg_key?.toString("hex")}`);
    else settled.add(`${row.src_topic} ${row.src_part} ${row.src_offset}`);
  }
  return {
    isBlocked: (topic, key) => key !== null && blocked.has(`${topic} ${key.toString("hex")}`),
    isSettled: (topic, partition, offset) => settled.has(`${topic} ${partition} ${offset}`),
  };
}

export interface ToPark {
  readonly item: Item;
  readonly state: "retry" | "poison";
  readonly reason: string;
  readonly error: string | null;
  /** null: not before somebody settles what stands in front of it. */
  readonly nextTryAt: Date | null;
}

/** Sets messages aside; repeats of what is parked already are kept as they are. */
export async function park(
  trx: Transaction,
  { group, now }: { group: string; now: Date },
  parked: readonly ToPark[],
): Promise<void> {
  if (parked.length === 0) return;
  await execute(
    trx,
    `INSERT INTO parked_event (grp, src_topic, src_part, src_offset, msg_key, agg_seq, headers, payload, attempts,
       next_try_at, state, reason, error, parked_at) VALUES ${placeholders(parked.length, 14)}
     ON DUPLICATE KEY UPDATE grp = VALUES(grp)`,
    parked.flatMap(({ item, state, reason, error, nextTryAt }) => [
      group,
      item.topic,
      item.partition,
      item.message.offset,
      item.message.key,
      item.event?.seq ?? null,
      packHeaders(item.message.headers),
      item.message.value,
      1,
      nextTryAt,
      state,
      reason,
      error,
      now,
    ]),
  );
}

/** Keys with a parked event whose time to be tried again has come, longest due first. */
export async function dueKeys(
  db: Knex,
  { group, topics }: { group: string; topics: readonly string[] },
  limit: number,
): Promise<{ topic: string; partition: number; key: Buffer }[]> {
  const found = await rows<{ src_topic: string; src_part: number; msg_key: Buffer }>(
    db,
    `SELECT src_topic, src_part, msg_key FROM parked_event
     WHERE state = 'retry' AND next_try_at <= NOW(3) AND grp = ? AND msg_key IS NOT NULL
       AND src_topic IN ${placeholders(1, topics.length)}
     GROUP BY src_topic, src_part, msg_key ORDER BY MIN(next_try_at) LIMIT ?`,
    [group, ...topics, limit],
  );
  return found.map((row) => ({ topic: row.src_topic, partition: row.src_part, key: row.msg_key }));
}

/** A key's parked events in the order in which they must be taken in, locked. */
export async function lockParkedOf(
  trx: Transaction,
  group: string,
  { topic, key }: { topic: string; key: Buffer },
): Promise<ParkedRow[]> {
  const found = await rows<Row>(
    trx,
    `SELECT src_topic, src_part, src_offset, msg_key, headers, payload, state, reason, parked_at FROM parked_event
     WHERE grp = ? AND src_topic = ? AND msg_key = ? AND agg_seq IS NOT NULL AND state IN ('retry', 'poison')
     ORDER BY agg_seq, src_offset FOR UPDATE`,
    [group, topic, key],
  );
  return found.map((row) => ({
    topic: row.src_topic,
    partition: row.src_part,
    message: {
      offset: row.src_offset,
      key: row.msg_key,
      value: row.payload,
      headers: unpackHeaders(row.headers).headers,
    },
    state: row.state as "retry" | "poison",
    reason: row.reason,
    parkedAt: row.parked_at,
  }));
}

/**
 * Changes the state of rows of one partition that wait to be tried, and when they are tried next (null: not by themselves).
 * Returns how many it found still waiting.
 */
export async function settleParked(
  trx: Transaction,
  group: string,
  change: {
    rows: readonly Pick<ParkedRow, "topic" | "partition" | "message">[];
    state: "retry" | "poison" | "resolved" | "skipped";
    nextTryAt: Date | null;
    error?: string;
  },
): Promise<number> {
  const [first] = change.rows;
  if (!first) return 0;
  return execute(
    trx,
    `UPDATE parked_event SET state = ?, next_try_at = ?, error = COALESCE(?, error), attempts = attempts + 1
     WHERE grp = ? AND state = 'retry' AND src_topic = ? AND src_part = ? AND src_offset IN ${placeholders(1, change.rows.length)}`,
    [
      change.state,
      change.nextTryAt,
      change.error ?? null,
      group,
      first.topic,
      first.partition,
      ...change.rows.map((row) => row.message.offset),
    ],
  );
}
