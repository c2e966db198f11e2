/**
 * Offsets in the database: the truth about what a group has taken in, committed with the effects. Kafka's own committed
 * offsets are telemetry.
 */
import type { Knex } from "knex";
import { execute, placeholders, rows, type Transaction, executeLater } from "../database/database.ts";

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: bigint;
}

interface OffsetRow {
  readonly topic: string;
  readonly part: number;
  readonly next_offset: string;
}

/**
 * Inserts the missing rows, so that locking a fence never means locking a gap. A row that has taken nothing in belongs to
 * whichever cluster is there now.
 */
export async function ensureOffsets(
  db: Knex,
  group: string,
  log: { clusterId: string; partitions: readonly { topic: string; partition: number }[] },
): Promise<void> {
  if (log.partitions.length === 0) return;
  await execute(
    db,
    `INSERT INTO consumer_offset (grp, topic, part, next_offset, cluster_id) VALUES ${placeholders(log.partitions.length, 5)}
     ON DUPLICATE KEY UPDATE cluster_id = IF(next_offset = 0, VALUES(cluster_id), cluster_id)`,
    log.partitions.flatMap(({ topic, partition }) => [group, topic, partition, 0, log.clusterId]),
  );
}

/** All offsets of a group, unlocked, with the cluster each was counted in. */
export async function readOffsets(db: Knex, group: string): Promise<(PartitionOffset & { clusterId: string })[]> {
  const found = await rows<OffsetRow & { cluster_id: string }>(
    db,
    "SELECT topic, part, next_offset, cluster_id FROM consumer_offset WHERE grp = ?",
    [group],
  );
  return found.map((row) => ({ ...offsetOf(row), clusterId: row.cluster_id }));
}

export interface Fences {
  readonly offsets: readonly PartitionOffset[];
  /** The database's clock. */
  readonly now: Date;
  /** Whether the group has any parked event, of any state: only then is it worth looking for those of the batch. */
  readonly anyParked: boolean;
}

/** Locks the offset rows of these partitions, always in the order (topic, partition): whoever holds them owns the batch. */
export async function lockFences(
  trx: Transaction,
  group: string,
  partitions: readonly { topic: string; partition: number }[],
): Promise<Fences> {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  const where = [...byTopic].map(([, list]) => `(topic = ? AND part IN ${placeholders(1, list.length)})`).join(" OR ");
  const found = await rows<OffsetRow & { now: Date; any_parked: number }>(
    trx,
    // Conditions on the key's columns only, one range each: a row comparison would scan, and so wait for, the partitions
    // of another instance. Nothing but placeholders is put into the text.
    // oxlint-disable-next-line mall/no-built-sql
    `SELECT topic, part, next_offset, NOW(3) AS now, EXISTS (SELECT 1 FROM parked_event WHERE grp = ?) AS any_parked
     FROM consumer_offset WHERE grp = ? AND (${where}) ORDER BY topic, part FOR UPDATE`,
    [group, group, ...[...byTopic].flatMap(([topic, list]) => [topic, ...list.map(({ partition }) => partition)])],
  );
  return {
    offsets: found.map(offsetOf),
    now: found[0]?.now ?? new Date(0),
    anyParked: Number(found[0]?.any_parked ?? 0) === 1,
  };
}

/** Writes the next offsets of partitions whose fences are held. */
export async function advanceOffsets(
  trx: Transaction,
  group: string,
  offsets: readonly PartitionOffset[],
): Promise<void> {
  executeLater(
    trx,
    `INSERT INTO consumer_offset (grp, topic, part, next_offset, cluster_id) VALUES ${placeholders(offsets.length, 5)}
     ON DUPLICATE KEY UPDATE next_offset = VALUES(next_offset)`,
    offsets.flatMap(({ topic, partition, nextOffset }) => [group, topic, partition, nextOffset, ""]),
  );
}

/** Moves one offset past messages without effect, unless another owner has moved it since `durable` was read. */
export async function advanceIfUnmoved(
  db: Knex,
  group: string,
  move: PartitionOffset & { durable: bigint },
): Promise<boolean> {
  const changed = await execute(
    db,
    "UPDATE consumer_offset SET next_offset = ? WHERE grp = ? AND topic = ? AND part = ? AND next_offset = ?",
    [move.nextOffset, group, move.topic, move.partition, move.durable],
  );
  return changed === 1;
}

function offsetOf(row: OffsetRow): PartitionOffset {
  return { topic: row.topic, partition: row.part, nextOffset: BigInt(row.next_offset) };
}
