/** Reads a topic from its start to its present end, for tests that check what was really published. */
import { randomUUID } from "node:crypto";
import { withAdmin } from "../kafka/admin.ts";
import type { KafkaClient } from "../kafka/client.ts";
import { headerText } from "../kafka/envelope.ts";

export interface ReadRecord {
  readonly key: string;
  readonly seq: number;
  readonly eventId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer | null;
}

/** All records, each partition in its order. */
export async function readTopic(kafka: KafkaClient, topic: { name: string }): Promise<ReadRecord[]> {
  const offsets = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic.name));
  const open = new Map(
    offsets.filter(({ low, high }) => high !== low).map(({ partition, high }) => [partition, BigInt(high)]),
  );
  if (open.size === 0) return [];
  // A broker that has just started is still loading its groups; the client's own few tries do not outlast that.
  const retry = { initialRetryTime: 100, maxRetryTime: 500, retries: 20 };
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 50, retry });
  const records: ReadRecord[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic.name], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    void consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        const end = open.get(partition);
        if (end === undefined) return;
        records.push(recordOf(message));
        if (BigInt(message.offset) + 1n >= end) open.delete(partition);
        if (open.size === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
  return records;
}

function recordOf(message: { key: Buffer | null; value: Buffer | null; headers?: object }): ReadRecord {
  const raw = (message.headers ?? {}) as Record<string, Buffer>;
  const headers = Object.fromEntries(Object.keys(raw).map((name) => [name, headerText(raw, name) ?? ""]));
  return {
    key: message.key?.toString() ?? "",
    seq: Number(headers["ce_sequence"]),
    eventId: headers["ce_id"] ?? "",
    headers,
    value: message.value,
  };
}
