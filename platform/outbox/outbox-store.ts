/** All SQL of the relay: reading the head of the outbox, deleting what was acknowledged, setting aside what cannot be sent. */
import type { Knex } from "knex";
import { execute, executeLater, inTransaction, placeholders, rows } from "../database/database.ts";
import { inPages } from "../database/key-pages.ts";

export interface StoredEvent {
  /** Decimal string; ascending in the order of insertion. */
  readonly id: string;
  readonly topic: string;
  readonly part: number;
  readonly agg_type: number;
  readonly agg_id: Buffer;
  readonly agg_seq: number;
  readonly event_id: Buffer;
  readonly headers: Buffer;
  readonly payload: Buffer | null;
  readonly created_at: Date;
}

/**
 * The oldest rows, in one consistent read without locks. Neither SKIP LOCKED (it hides an event and shows its successor:
 * 6.2 % out of order) nor a watermark (ids become visible out of order: 26 % lost) nor a start hint may be added here.
 * Aggregates with a parked event are left out, so nothing overtakes what was set aside; and whole topics that cannot be
 * written to at present.
 */
export function readHead(db: Knex, limit: number, without: readonly string[] = []): Promise<StoredEvent[]> {
  return rows<StoredEvent>(
    db,
    `SELECT id, topic, part, agg_type, agg_id, agg_seq, event_id, headers, payload, created_at FROM outbox o
     WHERE NOT EXISTS (SELECT 1 FROM outbox_parked p WHERE p.agg_type = o.agg_type AND p.agg_id = o.agg_id)
       AND topic NOT IN ${placeholders(1, without.length + 1)}
     ORDER BY o.id LIMIT ?`,
    ["", ...without, limit],
  );
}

/** Deletes acknowledged rows by primary key. */
export async function deleteSent(db: Knex, ids: readonly string[]): Promise<void> {
  for (const page of inPages(ids)) {
    await execute(db, `DELETE FROM outbox WHERE id IN ${placeholders(1, page.length)}`, page);
  }
}

/**
 * Moves one row and every later row of its aggregate out of the relay's way, in one transaction. The rows are locked first:
 * that waits for a writer that has inserted the next one but not committed, and moves exactly what it has seen.
 */
export async function parkAggregateFrom(db: Knex, event: StoredEvent, reason: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    const found = await rows<{ id: string }>(
      trx,
      "SELECT id FROM outbox WHERE agg_type = ? AND agg_id = ? AND agg_seq >= ? ORDER BY id FOR UPDATE",
      [event.agg_type, event.agg_id, event.agg_seq],
    );
    for (const page of inPages(found.map(({ id }) => id))) {
      executeLater(
        trx,
        `INSERT INTO outbox_parked
           (shard, topic, part, agg_type, agg_id, agg_seq, event_id, headers, payload, created_at, reason, parked_at)
         SELECT shard, topic, part, agg_type, agg_id, agg_seq, event_id, headers, payload, created_at, ?, NOW(3)
         FROM outbox WHERE id IN ${placeholders(1, page.length)}`,
        [reason, ...page],
      );
      executeLater(trx, `DELETE FROM outbox WHERE id IN ${placeholders(1, page.length)}`, page);
    }
  });
}

/**
 * Rows waiting to be sent (estimated from the id range, so a constant cost) and the age of the oldest in milliseconds.
 * Followers of a parked event are no part of it: they wait for a person, and would hold the range open for ever.
 */
export async function measureOutbox(db: Knex): Promise<{ rows: number; ageMs: number }> {
  const [row] = await rows<{ waiting: string | null; age: string | null }>(
    db,
    `SELECT (SELECT MAX(id) FROM outbox) - o.id + 1 AS waiting, TIMESTAMPDIFF(MICROSECOND, o.created_at, NOW(3)) / 1000 AS age
     FROM outbox o
     WHERE NOT EXISTS (SELECT 1 FROM outbox_parked p WHERE p.agg_type = o.agg_type AND p.agg_id = o.agg_id)
     ORDER BY o.id LIMIT 1`,
  );
  return { rows: Number(row?.waiting ?? 0), ageMs: Number(row?.age ?? 0) };
}
