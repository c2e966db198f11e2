/**
 * Where this process stands in each partition. `durable` is the next offset as last read from or written to the database;
 * `position` the next offset expected, everything between having been looked at and found of no interest.
 */
import type { Knex } from "knex";
import type { PartitionBatch } from "./batch.ts";
import { type PartitionOffset, advanceIfUnmoved, readOffsets } from "./offset-store.ts";

interface Position {
  durable: bigint;
  position: bigint;
  soughtTo?: bigint;
}

/** Messages that the log no longer holds. */
export interface Gone {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

export interface Positions {
  /** Re-reads the durable offsets: at start and whenever partitions were assigned anew. */
  reload(): Promise<readonly PartitionOffset[]>;
  /**
   * `take` a batch; or seek back because something between was never looked at (not on a compacted topic, whose offsets
   * have holes); or `log-behind`, when the log ends before what the database has taken in. What is still missing after
   * one seek is gone from the log, by retention: then the batch is taken.
   */
  judge(
    batch: PartitionBatch & { highWatermark: string },
    hasHoles: boolean,
  ): "take" | "log-behind" | { seekTo: bigint };
  /** Everything up to the offset has been committed with its effects. */
  committed(offset: PartitionOffset): void;
  /** Everything up to the offset is of no interest; written by `flush`. */
  passed(offset: PartitionOffset): void;
  /** Writes the advances without effects; an offset that another owner moved meanwhile stays as that owner wrote it. */
  flush(): Promise<void>;
}

export function createPositions(db: Knex, group: string, onGone: (gone: Gone) => void): Positions {
  const known = new Map<string, Position>();

  function of(topic: string, partition: number): Position {
    const id = `${topic} ${partition}`;
    let entry = known.get(id);
    if (!entry) known.set(id, (entry = { durable: 0n, position: 0n }));
    return entry;
  }

  return {
    async reload() {
      const offsets = await readOffsets(db, group);
      for (const { topic, partition, nextOffset } of offsets) {
        known.set(`${topic} ${partition}`, { durable: nextOffset, position: nextOffset });
      }
      return offsets;
    },
    judge(batch, hasHoles) {
      const entry = of(batch.topic, batch.partition);
      if (BigInt(batch.highWatermark) < entry.durable) return "log-behind";
      const first = BigInt(batch.messages[0]?.offset ?? 0);
      if (first <= entry.position || hasHoles) return "take";
      if (entry.soughtTo === entry.position) {
        onGone({ topic: batch.topic, partition: batch.partition, from: entry.position, to: first });
        return "take";
      }
      entry.soughtTo = entry.position;
      return { seekTo: entry.position };
    },
    committed({ topic, partition, nextOffset }) {
      known.set(`${topic} ${partition}`, { durable: nextOffset, position: nextOffset });
    },
    passed({ topic, partition, nextOffset }) {
      const entry = of(topic, partition);
      if (nextOffset > entry.position) entry.position = nextOffset;
    },
    async flush() {
      for (const [id, entry] of known) {
        const { durable, position } = entry;
        if (position <= durable) continue;
        const [topic = "", partition] = id.split(" ");
        const moved = await advanceIfUnmoved(db, group, {
          topic,
          partition: Number(partition),
          nextOffset: position,
          durable,
        });
        if (moved && entry.durable === durable) entry.durable = position;
      }
    },
  };
}
