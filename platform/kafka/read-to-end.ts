/**
 * Reads a topic once, from its start to the end that it has at the moment of the call, beside all consumer groups: nothing
 * is committed. For housekeeping, not for events: whoever reacts to them uses a consumer.
 */
import { randomUUID } from "node:crypto";
import type { Consumer, Kafka } from "kafkajs";
import { AppError } from "../errors/app-error.ts";
import { withAdmin } from "./admin.ts";
import type { RawHeaders } from "./envelope.ts";

export interface ReadRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RawHeaders;
}

export interface ReadOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Shows in the name of the passing consumer group. */
  readonly reader: string;
  /** Each partition's records in order; partitions in turn. Must not throw. */
  onRecord(record: ReadRecord): void;
  /** Asked after each batch; false ends the reading early. */
  mayGoOn?(): Promise<boolean>;
}

const SILENCE_MS = 30_000;

/** True when the end was reached, false when `mayGoOn` said no. Rejects when Kafka is away or silent for 30 s. */
export async function readToEnd(options: ReadOptions): Promise<boolean> {
  const { kafka, topic, reader } = options;
  const open = await openPartitions(kafka, topic);
  if (open.size === 0) return true;
  const consumer = kafka.consumer({
    groupId: `${reader}-${randomUUID()}`,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 1024 * 1024,
    allowAutoTopicCreation: false,
    // A broker that has just started is still loading its groups; the client's own few tries do not outlast that.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 10, restartOnFailure: async () => false },
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    return await readAll(consumer, open, options);
  } finally {
    await consumer.disconnect();
  }
}

/** Partitions with records, each with the offset behind its last one. */
async function openPartitions(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const offsets = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  return new Map(
    offsets.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, BigInt(high)]),
  );
}

function readAll(consumer: Consumer, open: Map<number, bigint>, options: ReadOptions): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const silent = (): void => reject(tooQuiet(options.topic));
  let timer = setTimeout(silent, SILENCE_MS);
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  const running = consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch, heartbeat }) => {
      const end = open.get(batch.partition);
      if (end === undefined) return;
      for (const { key, value, headers = {} } of batch.messages) options.onRecord({ key, value, headers });
      clearTimeout(timer);
      timer = setTimeout(silent, SILENCE_MS);
      // Compaction leaves holes, so the last offset counts and not that of the last record.
      if (BigInt(batch.lastOffset()) + 1n >= end) open.delete(batch.partition);
      await heartbeat();
      if (open.size === 0) resolve(true);
      else if (options.mayGoOn && !(await options.mayGoOn())) resolve(false);
    },
  });
  running.catch(reject);
  return promise.finally(() => clearTimeout(timer));
}

function tooQuiet(topic: string): AppError {
  return new AppError({
    code: "KAFKA_SILENT",
    message: `nothing came from ${topic} for ${SILENCE_MS} ms`,
    retry: "later",
  });
}
