/**
 * Sends groups of records and says for each group whether the broker acknowledged it.
 *
 * Guarantees: a group is `acked` only if its own partition answered without error and with an offset; records of one group
 * are appended as one batch, in order, if the caller has one send in flight. Does not guarantee that a group which is not
 * acked was not appended: the caller sends it again, and consumers drop the repeat.
 */
import type { Kafka, Producer, RecordMetadata } from "kafkajs";

export interface RecordGroup {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
}

export interface KafkaRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string>>;
}

export interface SendOutcome {
  readonly acked: readonly RecordGroup[];
  /** Not acknowledged, for now: broker away, leader moved, not enough replicas. Send again later. */
  readonly failed: readonly RecordGroup[];
  /** Why the send as a whole was refused for good: the records are too large or not sound; else undefined. */
  readonly refusedBecause: string | undefined;
  /** Why a topic of the send cannot be written to at present; else undefined. */
  readonly topicRefusedBecause: string | undefined;
  readonly error: unknown;
}

export interface EventProducer {
  send(groups: readonly RecordGroup[]): Promise<SendOutcome>;
  disconnect(): Promise<void>;
}

// For these, sending the same bytes again cannot help.
const FOR_GOOD = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "INVALID_TIMESTAMP"]);
// These are about a topic, not about the records, and somebody may mend them: it is missing (or not yet known to a broker
// that has just started), or the right to write to it is.
const OF_TOPIC = new Set(["UNKNOWN_TOPIC_OR_PARTITION", "INVALID_TOPIC_EXCEPTION", "TOPIC_AUTHORIZATION_FAILED"]);

/** A producer that connects on first use and is thrown away after any rejection, so no state outlives a failure. */
export function createProducer(kafka: Kafka): EventProducer {
  let current: Producer | undefined;

  async function connected(): Promise<Producer> {
    if (current) return current;
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false, // its sequence handling loses data after a lost response; consumers drop repeats anyway
      maxInFlightRequests: 1,
      metadataMaxAge: 30_000,
      // The partition was fixed when the event was written.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition as number,
    });
    await producer.connect();
    current = producer;
    return producer;
  }

  async function discard(): Promise<void> {
    const producer = current;
    current = undefined;
    await producer?.disconnect().catch(() => undefined); // it is broken already; the next send opens a new one
  }

  return {
    async send(groups) {
      try {
        const producer = await connected();
        const metadata = await producer.sendBatch({ acks: -1, timeout: 10_000, topicMessages: byTopic(groups) });
        const none = { refusedBecause: undefined, topicRefusedBecause: undefined, error: undefined };
        return { ...judge(groups, metadata), ...none };
      } catch (error) {
        await discard();
        const [refusedBecause, topicRefusedBecause] = [FOR_GOOD, OF_TOPIC].map((types) => typeAmong(error, types));
        return { acked: [], failed: groups, refusedBecause, topicRefusedBecause, error };
      }
    },
    disconnect: discard,
  };
}

function byTopic(groups: readonly RecordGroup[]) {
  const topics = new Map<string, { topic: string; messages: { partition: number }[] }>();
  for (const { topic, partition, records } of groups) {
    let entry = topics.get(topic);
    if (!entry) topics.set(topic, (entry = { topic, messages: [] }));
    for (const record of records) entry.messages.push({ ...record, partition } as { partition: number });
  }
  return [...topics.values()] as never;
}

/**
 * kafkajs' retry after a leader move skips a broker that has already answered, although a partition has just moved to it:
 * `sendBatch` then resolves without that partition. So only what the answer names counts as sent.
 */
function judge(groups: readonly RecordGroup[], metadata: readonly RecordMetadata[]) {
  const answered = new Set<string>();
  for (const { topicName, partition, errorCode, baseOffset } of metadata) {
    if (errorCode === 0 && baseOffset !== undefined && BigInt(baseOffset) >= 0n)
      answered.add(`${topicName} ${partition}`);
  }
  const isAcked = (group: RecordGroup) => answered.has(`${group.topic} ${group.partition}`);
  return { acked: groups.filter(isAcked), failed: groups.filter((group) => !isAcked(group)) };
}

function typeAmong(error: unknown, types: ReadonlySet<string>): string | undefined {
  let cause = error;
  while (cause instanceof Error) {
    const { type, originalError } = cause as { type?: string; originalError?: unknown };
    if (type !== undefined && types.has(type)) return type;
    cause = cause.cause ?? originalError;
  }
  return undefined;
}
