/**
 * A reaction is a pure decision on one event; a reactions set says from which topics, in which group, and how the rows
 * of a whole batch are loaded and saved around the decisions. The runner does all I/O (see run-batch.ts), so a decision
 * must not: it changes the loaded state in memory and returns what is to be published.
 */
import type { Transaction } from "../database/database.ts";
import type { EventType, Topic } from "../kafka/topic.ts";
import type { Cause, OutgoingEvent } from "../outbox/outgoing.ts";

/** A decoded event with its envelope. */
export interface IncomingEvent<T = unknown> {
  readonly topic: string;
  readonly partition: number;
  /** Decimal string: offsets pass 2^53 in principle. */
  readonly offset: string;
  readonly key: string;
  readonly type: string;
  /** The aggregate's sequence number on this topic. */
  readonly seq: number;
  readonly eventId: string;
  /** Ready to be copied into events caused by this one. */
  readonly cause: Cause;
  /** null = tombstone of a compacted topic. */
  readonly value: T;
}

/** The last event of a topic that an aggregate's row has taken in. */
export interface Seen {
  readonly seq: number;
  readonly eventId: string;
}

/** The rows of one batch, loaded and locked; decisions change them in memory. */
export interface BatchState {
  /** What the row of this key last took in from this topic; undefined when there is no row, or nothing was taken in. */
  seen(topic: string, key: string): Seen | undefined;
  /** Notes on the row that this event was taken in; called after its decision; a key without a row is passed over. */
  markSeen(topic: string, key: string, seen: Seen): void;
}

export type Decision = OutgoingEvent | readonly OutgoingEvent[] | undefined | void;

export interface Reaction<S extends BatchState> {
  readonly on: EventType<unknown>;
  readonly takesTombstones?: boolean;
  decide(state: S, value: never, now: Date, event: IncomingEvent<never>): Decision;
}

/** Declares a reaction: one event type in, state changed in memory, events out. `now` is the database's clock. */
export function reaction<S extends BatchState, T>(fields: {
  on: EventType<T>;
  decide(state: S, value: T, now: Date, event: IncomingEvent<T>): Decision;
}): Reaction<S> {
  return fields;
}

/** For compacted topics: a reaction that also receives tombstones, as `null`. */
export function replication<S extends BatchState, T>(fields: {
  on: EventType<T>;
  decide(state: S, value: T | null, now: Date, event: IncomingEvent<T | null>): Decision;
}): Reaction<S> {
  return { ...fields, takesTombstones: true } as Reaction<S>;
}

export interface Reactions<S extends BatchState> {
  /** Consumer group, and the owner of the offsets. */
  readonly group: string;
  readonly name: string;
  readonly from: readonly Topic[];
  /** Topics of which the set takes in every event type, so that a hole in the sequence means a lost or late event. */
  readonly complete: readonly Topic[];
  readonly deadLetters: Topic;
  /** Under load a transaction starts at most this often (10 ms when absent); a set that nobody waits for may take longer. */
  readonly paceMs?: number;
  readonly on: readonly Reaction<S>[];
  /** Loads and locks (FOR UPDATE, in primary-key order) the rows of all keys of the batch. */
  load(trx: Transaction, events: readonly IncomingEvent[]): Promise<S>;
  /** Writes what the decisions changed, set-wise. */
  save(trx: Transaction, state: S, now: Date): Promise<void>;
}

/** A reactions set whose state type the runner need not know. */
export type AnyReactions = Reactions<BatchState>;

/** Declares a reactions set. */
export function reactions<S extends BatchState>(
  fields: Omit<Reactions<S>, "complete" | "name"> & { complete?: readonly Topic[]; name?: string },
): AnyReactions {
  return { complete: [], name: fields.group, ...fields } as unknown as AnyReactions;
}
