/**
 * Events become rows of the business transaction that made them.
 *
 * Guarantees: an event is published if and only if its transaction committed; a value that does not fit its schema fails
 * its writer, not the relay; two events of one aggregate with the same sequence cannot both be stored.
 * Does not guarantee: that it is published once (a consumer drops repeats by sequence), or any order between aggregates.
 */
import { crc32 } from "node:zlib";
import { parse as parseUuid } from "uuid";
import type { Codec } from "../avro/codec.ts";
import { placeholders, type Transaction, executeLater } from "../database/database.ts";
import { inPages } from "../database/key-pages.ts";
import { eventIdV7 } from "../ids/ids.ts";
import { partitionOf } from "../kafka/partition-of.ts";
import { typeName, writeEnvelope } from "../kafka/envelope.ts";
import type { Cause, OutgoingEvent } from "./outgoing.ts";
import { packHeaders } from "./stored-headers.ts";

/** An encoded event, ready to be inserted. */
export interface OutboxRow {
  readonly shard: number;
  readonly topic: string;
  readonly partition: number;
  readonly aggregateType: number;
  readonly aggregateId: string | Buffer;
  readonly seq: number;
  readonly eventId: string;
  /** As packed by `packHeaders`. */
  readonly headers: string;
  readonly payload: Buffer | null;
}

export interface Outbox {
  /** Encodes one event; throws AppError EVENT_INVALID when the value does not fit its schema. */
  encode(event: OutgoingEvent, cause: Cause, now: Date): OutboxRow;
  /** Inserts encoded rows, in the order given, in statements of bounded size. */
  insert(trx: Transaction, rows: readonly OutboxRow[], now: Date): Promise<void>;
  /** Encodes and inserts; the aggregates' rows must be locked by `trx`, whose clock is `now`. */
  append(trx: Transaction, events: readonly OutgoingEvent[], origin: { cause: Cause; now: Date }): Promise<void>;
}

const SHARDS = 16;

/** Shard of an aggregate, fixed for ever: lets several relays share one outbox later without a migration. */
export function shardOf(aggregateId: string | Buffer): number {
  return crc32(aggregateId) % SHARDS;
}

/** `source` is the CloudEvents source of every event of this service, such as `/mall/users`. */
export function createOutbox(options: { codec: Codec; source: string }): Outbox {
  const { codec, source } = options;

  function encode(event: OutgoingEvent, cause: Cause, now: Date): OutboxRow {
    const { topic, type, key, seq, value } = event;
    const eventId = event.eventId ?? eventIdV7();
    return {
      shard: shardOf(key),
      topic: topic.name,
      partition: partitionOf(key, topic.partitions),
      aggregateType: topic.aggregateType,
      aggregateId: key,
      seq,
      eventId,
      headers: packHeaders(
        writeEnvelope({ eventId, type: typeName(type), seq, cause, source, subject: key, time: now }),
      ),
      payload: value === null ? null : codec.encode(topic.name, type, value),
    };
  }

  return {
    encode,
    insert: insertRows,
    append: (trx, events, { cause, now }) =>
      insertRows(
        trx,
        events.map((event) => encode(event, cause, now)),
        now,
      ),
  };
}

async function insertRows(trx: Transaction, rows: readonly OutboxRow[], now: Date): Promise<void> {
  for (const page of inPages(rows)) {
    executeLater(
      trx,
      `INSERT INTO outbox (shard, topic, part, agg_type, agg_id, agg_seq, event_id, headers, payload, created_at)
       VALUES ${placeholders(page.length, 10)}`,
      page.flatMap((row) => [
        row.shard,
        row.topic,
        row.partition,
        row.aggregateType,
        row.aggregateId,
        row.seq,
        Buffer.from(parseUuid(row.eventId)),
        row.headers,
        row.payload,
        now,
      ]),
    );
  }
}
