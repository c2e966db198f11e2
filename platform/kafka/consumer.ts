/**
 * One kafkajs consumer of one group, tamed: offsets are resolved by verdict, errors never reach kafkajs' own restart logic,
 * and a dead predecessor is evicted before joining.
 *
 * Guarantees: `onBatch` sees each partition's messages in order; what it does not resolve is fetched again.
 * Does not guarantee that a partition is still ours when a batch is finished; the caller's fence must make that harmless.
 */
import type { Consumer, EachBatchPayload, Kafka } from "kafkajs";
import { evictPredecessors } from "./admin.ts";
import type { RawHeaders } from "./envelope.ts";

export interface ConsumedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly { offset: string; key: Buffer | null; value: Buffer | null; headers: RawHeaders }[];
  readonly highWatermark: string;
}

/** What to do with a batch: done; fetch again from an offset; or leave it and pause its partition for a while. */
export type Verdict =
  | { readonly kind: "done" }
  | { readonly kind: "seek"; readonly offset: string }
  | { readonly kind: "pause"; readonly forMs: number };

export interface ConsumerOptions {
  readonly kafka: Kafka;
  readonly clientId: string;
  readonly group: string;
  readonly topics: readonly { name: string; partitions: number }[];
  /** Partitions were assigned; resolve with where to start in each (those of others are ignored). */
  onAssigned(): Promise<readonly { topic: string; partition: number; offset: string }[]>;
  onBatch(batch: ConsumedBatch): Promise<Verdict>;
  onFetch(): void;
  /** The consumer has left the group. `restarts`: it comes back by itself, and `onAssigned` is called again. */
  onCrash(error: unknown, restarts: boolean): void;
}

export interface RunningConsumer {
  stop(): Promise<void>;
}

// What an idle consumer costs: ten empty fetches a second are 20 ms/s of broker and 10 ms/s of client CPU, and six groups are
// idle most of the time. Data is handed over at once whatever this is; only a pause, a resume or a stop takes that long.
const MAX_WAIT_MS = 400;

/** Connects, evicts predecessors, subscribes and runs; rejects when Kafka cannot be reached. */
export async function runConsumer(options: ConsumerOptions): Promise<RunningConsumer> {
  const { kafka, group, topics } = options;
  await evictPredecessors(kafka, group, options.clientId);
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: 10_000,
    heartbeatInterval: 1_000,
    rebalanceTimeout: 15_000,
    maxWaitTimeInMs: MAX_WAIT_MS,
    minBytes: 1,
    maxBytes: 4 * 1024 * 1024,
    maxBytesPerPartition: 1024 * 1024,
    metadataMaxAge: 30_000,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => true },
  });
  let assigned: Promise<void> = Promise.resolve();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assigned = seekAll(consumer, options, payload.memberAssignment).catch((error: unknown) =>
      options.onCrash(error, false),
    );
  });
  consumer.on(consumer.events.FETCH, () => options.onFetch());
  consumer.on(consumer.events.CRASH, ({ payload }) => options.onCrash(payload.error, payload.restart));
  const resumes = createResumes(consumer);
  try {
    await consumer.connect();
    // Always all topics of the group: members with different subscriptions leave partitions unread.
    await consumer.subscribe({ topics: topics.map((topic) => topic.name), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      autoCommitInterval: 1_000, // for lag tools only; the truth is in the database
      eachBatchAutoResolve: false,
      // With fewer, only that many handlers are open and the caller sees no more than that many partitions at a time.
      partitionsConsumedConcurrently: topics.reduce((sum, topic) => sum + topic.partitions, 0),
      eachBatch: async (payload) => {
        await assigned;
        await handle({ consumer, resumes, onBatch: options.onBatch }, payload);
      },
    });
  } catch (error) {
    await stopWithin(consumer, 5_000);
    throw error;
  }
  return {
    async stop() {
      resumes.clear();
      await stopWithin(consumer, 5_000);
    },
  };
}

interface Resumes {
  after(ms: number, topicPartition: { topic: string; partitions: number[] }): void;
  clear(): void;
}

function createResumes(consumer: Consumer): Resumes {
  const timers = new Set<NodeJS.Timeout>();
  return {
    after(ms, topicPartition) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        try {
          consumer.resume([topicPartition]);
        } catch {
          // Between a crash and its restart there is no group to resume in; the new one starts with nothing paused.
        }
      }, ms);
      timer.unref();
      timers.add(timer);
    },
    clear() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function seekAll(
  consumer: Consumer,
  options: ConsumerOptions,
  assignment: Readonly<Record<string, number[]>>,
): Promise<void> {
  for (const { topic, partition, offset } of await options.onAssigned()) {
    if (assignment[topic]?.includes(partition)) consumer.seek({ topic, partition, offset });
  }
}

async function handle(
  parts: { consumer: Consumer; resumes: Resumes; onBatch: ConsumerOptions["onBatch"] },
  payload: EachBatchPayload,
): Promise<void> {
  const { consumer, resumes } = parts;
  const { batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, isRunning, isStale } = payload;
  if (!isRunning() || isStale()) return;
  const verdict = await parts.onBatch(batch as unknown as ConsumedBatch);
  const { topic, partition } = batch;
  if (verdict.kind === "done") {
    resolveOffset(batch.lastOffset());
    await commitOffsetsIfNecessary();
  } else if (verdict.kind === "seek") {
    consumer.seek({ topic, partition, offset: verdict.offset });
  } else {
    consumer.pause([{ topic, partitions: [partition] }]);
    resumes.after(verdict.forMs, { topic, partitions: [partition] });
  }
  await heartbeat();
}

// `disconnect` can hang while a rebalance is under way; what it would have cleaned up ends with the process.
async function stopWithin(consumer: Consumer, ms: number): Promise<void> {
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
  await Promise.race([consumer.stop().then(() => consumer.disconnect()), timeout]);
}
