/**
 * An event on its way out, before it is encoded. `seq` is the number its aggregate's row gave it; the row must be locked
 * by the same transaction (invariant W of the outbox).
 */
import type { EventType, Topic } from "../kafka/topic.ts";

/** What made an event happen; copied into its headers so that every effect leads back to a request or a sweep. */
export interface Cause {
  readonly correlationId: string;
  /** Request id, or the `ce_id` of the event that was reacted to. */
  readonly causationId: string;
  /** W3C trace context. */
  readonly traceparent: string;
}

export interface OutgoingEvent {
  readonly topic: Topic;
  readonly type: EventType<unknown>;
  /** The aggregate's id: Kafka key and CloudEvents subject. */
  readonly key: string;
  /** The aggregate's sequence number: 1, 2, 3 … without gaps per topic and key. */
  readonly seq: number;
  /** null = tombstone of a compacted topic. */
  readonly value: unknown;
  /** UUID; a time-ordered one is made when absent. */
  readonly eventId?: string;
}

/** Builds an outgoing event; the value is checked against the event's type here and against its schema when encoded. */
export function outgoing<T>(
  topic: Topic,
  type: EventType<T>,
  fields: { key: string; seq: number; value: NoInfer<T> | null; eventId?: string },
): OutgoingEvent {
  return { topic, type, ...fields };
}
