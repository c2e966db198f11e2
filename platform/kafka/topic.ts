/**
 * The shapes in which a service hands its vocabulary to the platform: what an event is, and the topic it travels in.
 * Guarantees nothing by itself; the generated event types and the topic files conform to it structurally, without importing it.
 */

/** One event: its Avro record and the service that owns it. `T` is the TypeScript shape of the value. */
export interface EventType<T> {
  /** Record name without its namespace, such as "ThingHappened". */
  readonly name: string;
  readonly owner: string;
  /** The Avro record schema as parsed JSON, with its namespace; also the reader schema of this process. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Never set; it carries T. */
  readonly sample?: T;
}

export interface Topic {
  readonly name: string;
  /** Small fixed number that stands for the topic in the outbox (0 to 255); never reused. */
  readonly aggregateType: number;
  /** The only service that writes to the topic. */
  readonly owner: string;
  /** Name of the id that is the message key; the text of the key is the id itself. */
  readonly key: string;
  /** Fixed for ever, because the partition of a key is computed from it. */
  readonly partitions: number;
  readonly cleanupPolicy: "delete" | "compact";
  /** How long a record is kept; -1 on compacted topics, which keep the last record of each key. */
  readonly retentionMs: number;
  /** Limit of a whole record batch (`max.message.bytes`). */
  readonly maxMessageBytes: number;
  /** Compacted topics: no record younger than this is compacted away. */
  readonly minCompactionLagMs?: number;
  /** Compacted topics: how long a tombstone stays readable. */
  readonly deleteRetentionMs?: number;
  /** Events that may travel in it; empty where the original bytes of others do (dead letters). */
  readonly events: readonly EventType<unknown>[];
}
