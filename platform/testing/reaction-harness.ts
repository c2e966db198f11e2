/**
 * Reactions on a real database without Kafka: events go through the same `runBatch` as in production, what they emit is
 * read back from the outbox. A crash is a fail-point just before or just after COMMIT, followed by the same messages again.
 */
import type { Knex } from "knex";
import type { Codec } from "../avro/codec.ts";
import type { PartitionBatch, RawMessage } from "../consumer/batch.ts";
import { ensureOffsets, readOffsets } from "../consumer/offset-store.ts";
import type { AnyReactions } from "../consumer/reaction.ts";
import { replayDue } from "../consumer/replay-parked.ts";
import { type BatchDeps, runBatch } from "../consumer/run-batch.ts";
import { execute, rows } from "../database/database.ts";
import { AppError } from "../errors/app-error.ts";
import { eventIdV7 } from "../ids/ids.ts";
import { typeName, writeEnvelope } from "../kafka/envelope.ts";
import { partitionOf } from "../kafka/partition-of.ts";
import type { EventType, Topic } from "../kafka/topic.ts";
import { createLogger } from "../logging/logger.ts";
import { createOutbox, type Outbox } from "../outbox/outbox.ts";
import { unpackHeaders } from "../outbox/stored-headers.ts";
import { testCodec } from "./test-codec.ts";

export interface Delivery {
  readonly topic: Topic;
  readonly type: EventType<unknown>;
  readonly key: string;
  readonly seq: number;
  /** null = tombstone. */
  readonly value: unknown;
  readonly eventId?: string;
}

export interface EmittedEvent {
  readonly topic: string;
  readonly name: string;
  readonly key: string;
  readonly seq: number;
  readonly value: never;
  readonly headers: Readonly<Record<string, Buffer | string>>;
}

export interface ReactionHarness {
  readonly codec: Codec;
  readonly outbox: Outbox;
  /** Takes in one event at the next offset of its partition. */
  deliver<T>(
    topic: Topic,
    type: EventType<T>,
    event: Omit<Delivery, "topic" | "type" | "value"> & { value: NoInfer<T> | null },
  ): Promise<void>;
  /** Takes in several events, of all partitions they fall into, as one cycle. */
  deliverBatch(events: readonly Delivery[]): Promise<void>;
  /** Takes in raw messages at the next offsets of a partition: poison, foreign headers. */
  deliverRaw(topic: Topic, messages: readonly Omit<RawMessage, "offset">[], partition?: number): Promise<void>;
  /** The last delivery again, at the same offsets. */
  redeliver(): Promise<void>;
  /** The last delivery again, at new offsets: what a repeated send of the relay looks like. */
  repeat(): Promise<void>;
  /** Forgets all offsets, so that everything delivered so far may be delivered again from the start. */
  rewind(): Promise<void>;
  /** The next delivery throws there. */
  crashAt(point: "before-commit" | "after-commit"): void;
  /** Tries what is parked and due. */
  replayParked(): Promise<void>;
  /** What waits in the outbox, in order; dead letters have no name. */
  emitted(): Promise<EmittedEvent[]>;
  /** Empties the outbox, as a relay would. */
  drainOutbox(): Promise<void>;
}

/** `topics`: those consumed and those emitted to. */
export async function createReactionHarness(options: {
  readonly db: Knex;
  readonly sets: readonly AnyReactions[];
  readonly topics: readonly Topic[];
  readonly source: string;
}): Promise<ReactionHarness> {
  const { db, sets, topics } = options;
  const codec = testCodec(topics);
  const outbox = createOutbox({ codec, source: options.source });
  const feed = createFeed(codec);
  let last: readonly PartitionBatch[] = [];
  let crashPoint: string | undefined;
  const deps: BatchDeps = {
    db,
    codec,
    outbox,
    log: createLogger({ service: "test", instance: "test", level: "silent" }),
    at(point) {
      if (point !== crashPoint) return;
      crashPoint = undefined;
      throw new SimulatedCrash(point);
    },
  };
  for (const set of sets) {
    const partitions = set.from.flatMap((topic) =>
      Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition })),
    );
    await ensureOffsets(db, set.group, { clusterId: "test", partitions });
    for (const { topic, partition, nextOffset } of await readOffsets(db, set.group)) {
      feed.startAt(topic, partition, Number(nextOffset));
    }
  }

  async function take(batches: readonly PartitionBatch[]): Promise<void> {
    last = batches;
    for (const set of sets) {
      const own = batches.filter((batch) => set.from.some((topic) => topic.name === batch.topic));
      if (own.length > 0) await runBatch(set, own, deps);
    }
  }

  return {
    codec,
    outbox,
    deliver: (topic, type, event) => take(feed.batchesOf([{ ...event, topic, type }])),
    deliverBatch: (events) => take(feed.batchesOf(events)),
    deliverRaw: (topic, messages, partition = 0) =>
      take([feed.atNextOffsets({ topic: topic.name, partition, messages })]),
    redeliver: () => take(last),
    repeat: () => take(last.map(feed.atNextOffsets)),
    async rewind() {
      await execute(db, "UPDATE consumer_offset SET next_offset = 0");
      feed.rewind();
    },
    crashAt(point) {
      crashPoint = point;
    },
    async replayParked() {
      for (const set of sets) await replayDue(set, deps);
    },
    emitted: () => readOutbox(db, codec),
    async drainOutbox() {
      await execute(db, "DELETE FROM outbox");
    },
  };
}

/** The topic side of the harness: hands out offsets as a log would. */
function createFeed(codec: Codec) {
  const nextOffsets = new Map<string, number>();

  function atNextOffsets(
    batch: Omit<PartitionBatch, "messages"> & { messages: readonly Omit<RawMessage, "offset">[] },
  ): PartitionBatch {
    const id = `${batch.topic} ${batch.partition}`;
    const first = nextOffsets.get(id) ?? 0;
    nextOffsets.set(id, first + batch.messages.length);
    return { ...batch, messages: batch.messages.map((message, at) => ({ ...message, offset: String(first + at) })) };
  }

  return {
    atNextOffsets,
    startAt(topic: string, partition: number, offset: number): void {
      nextOffsets.set(`${topic} ${partition}`, offset);
    },
    rewind(): void {
      nextOffsets.clear();
    },
    batchesOf(events: readonly Delivery[]): PartitionBatch[] {
      const byPartition = Map.groupBy(
        events,
        ({ topic, key }) => `${topic.name} ${partitionOf(key, topic.partitions)}`,
      );
      return [...byPartition.values()].map((list) => {
        const [{ topic, key }] = list as [Delivery];
        const partition = partitionOf(key, topic.partitions);
        return atNextOffsets({ topic: topic.name, partition, messages: list.map((event) => rawMessage(codec, event)) });
      });
    },
  };
}

/** Ends the attempt as a lost process would: nothing after it runs, and nobody takes it for a fault of the message. */
export class SimulatedCrash extends AppError {
  constructor(point: string) {
    super({ code: "SIMULATED_CRASH", message: `crash ${point}`, retry: "later" });
  }
}

/** A message as the relay of the writer would have sent it. */
export function rawMessage(codec: Codec, event: Delivery): Omit<RawMessage, "offset"> {
  const { topic, type, key, seq, value } = event;
  const eventId = event.eventId ?? eventIdV7();
  const cause = {
    correlationId: eventId,
    causationId: eventId,
    traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01`,
  };
  return {
    key: Buffer.from(key),
    value: value === null ? null : codec.encode(topic.name, type, value),
    headers: writeEnvelope({
      eventId,
      type: typeName(type),
      seq,
      cause,
      source: `/mall/${topic.owner}`,
      subject: key,
      time: new Date(),
    }),
  };
}

async function readOutbox(db: Knex, codec: Codec): Promise<EmittedEvent[]> {
  const found = await rows<{ topic: string; agg_id: Buffer; agg_seq: number; headers: Buffer; payload: Buffer | null }>(
    db,
    "SELECT topic, agg_id, agg_seq, headers, payload FROM outbox ORDER BY id",
  );
  return found.map(({ topic, agg_id, agg_seq, headers: packed, payload }) => {
    const { headers, key } = unpackHeaders(packed);
    const isDeadLetter = key !== undefined;
    const decoded = payload === null || isDeadLetter ? undefined : codec.decodeAny(payload);
    return {
      topic,
      name: decoded?.name ?? "",
      key: (key ?? agg_id).toString(),
      seq: agg_seq,
      value: (decoded ? decoded.value : null) as never,
      headers,
    };
  });
}
