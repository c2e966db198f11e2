import { createCodec, type Codec } from "#platform/avro/codec.ts";
import { createRegistryClient } from "#platform/avro/registry-client.ts";
import { readRegisteredSchemas } from "#platform/avro/registered-schemas.ts";
import { describeLogs } from "#platform/kafka/admin.ts";
import { createKafka } from "#platform/kafka/client.ts";
import { type ConsumedBatch, runConsumer } from "#platform/kafka/consumer.ts";
import { headerText } from "#platform/kafka/envelope.ts";
import { createLogger } from "#platform/logging/logger.ts";
import type { StackEndpoints } from "#platform/stack/stack.ts";
import { allTopics } from "#topics/all-topics.ts";
import { schemaIdsFile } from "./service-environment.ts";

/** Prints every event from now on, a line each, until the process ends. Rejects when Kafka cannot be reached. */
export async function followEvents(stack: { home: string; endpoints: StackEndpoints }): Promise<void> {
  const log = createLogger({ service: "event-feed", instance: "event-feed", level: "fatal" });
  const group = `mall-event-feed-${process.pid}`;
  const kafka = createKafka({ brokers: stack.endpoints.kafka.brokers, clientId: group }, log);
  const topics = allTopics.filter(({ events }) => events.length > 0);
  const codec = createCodec({
    registered: readRegisteredSchemas(schemaIdsFile(stack.home)),
    registry: createRegistryClient({ url: stack.endpoints.schemaRegistry }),
  });
  const names = topics.map(({ name }) => name);
  await runConsumer({
    kafka,
    clientId: group,
    group,
    topics,
    onAssigned: async () => {
      const { ends } = await describeLogs(kafka, names);
      return [...ends].flatMap(([topic, offsets]) =>
        offsets.map((offset, partition) => ({ topic, partition, offset })),
      );
    },
    onBatch: async (batch) => {
      for (const line of batchLines(codec, batch)) console.log(line);
      return { kind: "done" };
    },
    onFetch: () => {},
    onCrash: (error) => console.error(`the event feed ended: ${String(error)}`),
  });
}

const mostValueCharacters = 140;

function batchLines(codec: Codec, batch: ConsumedBatch): string[] {
  return batch.messages.map(({ key, value, headers }) => {
    const time = headerText(headers, "ce_time")?.slice(11, 23) ?? "";
    const type = headerText(headers, "ce_type")?.split(".").at(-2) ?? batch.topic;
    return `${time}  ${type.padEnd(22)} ${String(key).padEnd(20)} ${valueText(codec, value)}`;
  });
}

function valueText(codec: Codec, value: Buffer | null): string {
  if (value === null) return "(tombstone)";
  try {
    const text = JSON.stringify(codec.decodeAny(value).value);
    return text.length > mostValueCharacters ? `${text.slice(0, mostValueCharacters)}…` : text;
  } catch (error) {
    // One unreadable event is no reason to stop showing the others.
    return `(${error instanceof Error ? error.message : String(error)})`;
  }
}
