/** What is handed to a transaction: raw messages by partition, and what looking at their headers and bytes tells. */
import type { Codec } from "../avro/codec.ts";
import { DecodeFailure, UnknownSchema } from "../avro/decode-errors.ts";
import { type RawHeaders, readEnvelope, typeName } from "../kafka/envelope.ts";
import type { AnyReactions, BatchState, IncomingEvent, Reaction } from "./reaction.ts";

export interface RawMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RawHeaders;
}

/** Consecutive messages of one partition, in offset order. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly RawMessage[];
}

export type PoisonReason = "decode" | "schema" | "state" | "sql" | "unknown";

export interface Poison {
  readonly reason: PoisonReason;
  readonly error: string;
}

/** One message on its way through a transaction. */
export interface Item {
  readonly topic: string;
  readonly partition: number;
  readonly message: RawMessage;
  /** Undefined when the message is of no interest, or poison. */
  readonly event: IncomingEvent | undefined;
  readonly reaction: Reaction<BatchState> | undefined;
  /** Set when it can never be decided; a later failure sets it too, before the transaction is tried again without it. */
  poison: Poison | undefined;
}

export interface Prepared {
  readonly items: readonly Item[];
  /** Messages from here on must wait: their schema is not known yet. */
  readonly heldAt: { topic: string; partition: number; offset: string; schemaId: number } | undefined;
}

const byTypeOfSet = new WeakMap<AnyReactions, ReadonlyMap<string, Reaction<BatchState>>>();

function reactionsByType(set: AnyReactions): ReadonlyMap<string, Reaction<BatchState>> {
  let byType = byTypeOfSet.get(set);
  if (!byType) {
    byType = new Map(set.on.map((reaction) => [typeName(reaction.on), reaction]));
    byTypeOfSet.set(set, byType);
  }
  return byType;
}

/**
 * Looks at one partition's messages: skips by header what no reaction wants, decodes the rest. A message that cannot be
 * decoded is named poison, it does not throw; one with an unknown schema ends the batch before it.
 */
export function prepare(
  set: AnyReactions,
  batch: PartitionBatch,
  deps: { readonly codec: Codec; readonly schemaGivenUp?: (schemaId: number) => boolean },
): Prepared {
  const items: Item[] = [];
  const byType = reactionsByType(set);
  const isComplete = set.complete.some((topic) => topic.name === batch.topic);
  for (const message of batch.messages) {
    const base = { topic: batch.topic, partition: batch.partition, message };
    const envelope = readEnvelope(message.headers);
    if (!envelope) {
      const poison: Poison = { reason: "decode", error: "required header missing" };
      items.push({ ...base, event: undefined, reaction: undefined, poison });
      continue;
    }
    const reaction = byType.get(envelope.type);
    if (!reaction && !isComplete) continue;
    const event = {
      ...base,
      ...envelope,
      offset: message.offset,
      key: message.key?.toString() ?? "",
      value: undefined,
    };
    const item: Item = { ...base, event, reaction, poison: undefined };
    if (!reaction) {
      items.push(item);
      continue;
    }
    try {
      items.push({ ...item, event: { ...event, value: decodeValue(deps.codec, reaction, message) } });
    } catch (error) {
      if (error instanceof UnknownSchema && deps.schemaGivenUp?.(error.schemaId)) {
        items.push({ ...item, poison: { reason: "schema", error: error.message } });
        continue;
      }
      if (error instanceof UnknownSchema) {
        return { items, heldAt: { ...base, offset: message.offset, schemaId: error.schemaId } };
      }
      if (!(error instanceof DecodeFailure)) throw error;
      items.push({ ...item, poison: { reason: "decode", error: error.message } });
    }
  }
  return { items, heldAt: undefined };
}

function decodeValue(codec: Codec, reaction: Reaction<BatchState>, message: RawMessage): unknown {
  if (message.key === null) throw new DecodeFailure("message without key");
  if (message.value !== null) return codec.decode(reaction.on, message.value);
  if (reaction.takesTombstones) return null;
  throw new DecodeFailure("message without value");
}
