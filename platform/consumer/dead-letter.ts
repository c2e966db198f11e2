/** The copy of a poison message for the dead-letter topic: original bytes and headers, plus why and where from. */
import { createHash } from "node:crypto";
import { partitionOf } from "../kafka/partition-of.ts";
import { eventIdV7 } from "../ids/ids.ts";
import { type OutboxRow, shardOf } from "../outbox/outbox.ts";
import { packHeaders } from "../outbox/stored-headers.ts";
import type { Item } from "./batch.ts";
import type { AnyReactions } from "./reaction.ts";

/**
 * One outbox row per poison message. Its aggregate is the message itself (hash of where it came from), so it can be sent
 * once only and promises no order; it goes to the partition of the original key.
 */
export function deadLetterOf(set: AnyReactions, item: Item, now: Date): OutboxRow {
  const { topic, partition, message, poison } = item;
  const aggregateId = createHash("sha256").update(`${topic} ${partition} ${message.offset}`).digest();
  const at = now.toISOString();
  return {
    shard: shardOf(aggregateId),
    topic: set.deadLetters.name,
    partition: partitionOf(message.key ?? aggregateId, set.deadLetters.partitions),
    aggregateType: set.deadLetters.aggregateType,
    aggregateId,
    seq: 1,
    eventId: eventIdV7(),
    payload: message.value,
    headers: packHeaders(
      {
        ...message.headers,
        "dlq-reason": poison?.reason ?? "unknown",
        "dlq-error": poison?.error ?? "",
        "dlq-service": set.deadLetters.owner,
        "dlq-group": set.group,
        "dlq-src-topic": topic,
        "dlq-src-partition": String(partition),
        "dlq-src-offset": message.offset,
        "dlq-attempts": "1",
        "dlq-first-seen": at,
        "dlq-last-seen": at,
      },
      message.key,
    ),
  };
}
