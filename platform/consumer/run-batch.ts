/**
 * One batch, one transaction: fences, rows, decisions, outgoing events and offsets commit together or not at all.
 *
 * Guarantees: an event has its effect once, whatever is redelivered, replayed, duplicated or consumed by two owners at a
 * time; the events of one key are taken in in order; a message that can never be taken in stops its own key and no other.
 * Does not guarantee: order between keys or topics, or that a poison event is ever taken in (somebody must look at it).
 */
import type { Knex } from "knex";
import type { Codec } from "../avro/codec.ts";
import { execute, inTransaction, type Transaction } from "../database/database.ts";
import { isFaultOfValues, sqlErrorKind } from "../database/sql-errors.ts";
import { AppError } from "../errors/app-error.ts";
import type { Logger } from "../logging/logger.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { type Item, type PartitionBatch, type Prepared, prepare } from "./batch.ts";
import { deadLetterOf } from "./dead-letter.ts";
import { PoisonFound, type Walked, decideItems } from "./decide-items.ts";
import { type Fences, type PartitionOffset, advanceOffsets, lockFences } from "./offset-store.ts";
import { NOTHING_PARKED, park, viewParked } from "./parked-store.ts";
import type { AnyReactions } from "./reaction.ts";

export interface BatchDeps {
  readonly db: Knex;
  readonly codec: Codec;
  readonly outbox: Outbox;
  readonly log: Logger;
  readonly counted?: (counts: Walked["counts"] & { parked: number }) => void;
  /** True for a schema id that the registry has denied knowing for so long that its messages are poison. */
  readonly schemaGivenUp?: (schemaId: number) => boolean;
  /** A parked message cannot be read yet: ask the registry for its schema. */
  readonly onUnknownSchema?: (held: { readonly schemaId: number }) => void;
  /** For tests: called at named points, may throw to simulate a crash there. */
  readonly at?: (point: "before-commit" | "after-commit") => void;
}

export interface BatchOutcome {
  /** Next offsets written to the database, with or without effects. */
  readonly committed: readonly PartitionOffset[];
  /** Next offsets of partitions in which nothing was of interest; the database was not asked. */
  readonly passed: readonly PartitionOffset[];
  /** Partitions whose rest must wait, because a schema is not known yet. */
  readonly held: readonly NonNullable<Prepared["heldAt"]>[];
  /** True when events were put into the outbox. */
  readonly emitted: boolean;
}

/**
 * True when a failure says nothing about the messages: then the batch is tried again later. Of SQL errors only those about
 * values do; a list of all others would never be complete, and a sound event parked for one of them is a stopped key.
 */
export function isTransientFailure(error: unknown): boolean {
  if (error instanceof AppError) return error.retry === "later";
  return sqlErrorKind(error) !== undefined && !isFaultOfValues(error);
}

interface Prework {
  readonly batch: PartitionBatch;
  readonly items: readonly Item[];
  /** The first offset behind what this piece covers. */
  readonly end: bigint;
}

/**
 * Takes in batches of one set. Rejects with a transient failure (see `isTransientFailure`), or when not even parking a
 * message works; nothing of the last transaction has happened then. A partition may be in `batches` once.
 */
export async function runBatch(
  set: AnyReactions,
  batches: readonly PartitionBatch[],
  deps: BatchDeps,
): Promise<BatchOutcome> {
  const held: NonNullable<Prepared["heldAt"]>[] = [];
  const pieces: Prework[] = [];
  for (const batch of batches) {
    const { items, heldAt } = prepare(set, batch, deps);
    if (heldAt) held.push(heldAt);
    const end = heldAt ? BigInt(heldAt.offset) : endOf(batch);
    if (end !== undefined) pieces.push({ batch, items, end });
  }
  const passed = pieces.filter((piece) => piece.items.length === 0).map(offsetAfter);
  const committed: PartitionOffset[] = [];
  let emitted = false;
  await takeIn(pieces.filter((piece) => piece.items.length > 0));
  return { committed, passed, held, emitted };

  async function takeIn(part: readonly Prework[]): Promise<void> {
    if (part.length === 0) return;
    try {
      const result = await commitPieces(set, part, deps);
      emitted ||= result.emitted;
      committed.push(...result.offsets);
    } catch (error) {
      if (isTransientFailure(error)) throw error;
      // The statement itself fails for some message of the batch: find it by halving, the earlier half always first.
      for (const smaller of split(part, error)) await takeIn(smaller);
    }
  }
}

function endOf(batch: PartitionBatch): bigint | undefined {
  const last = batch.messages.at(-1);
  return last === undefined ? undefined : BigInt(last.offset) + 1n;
}

function offsetAfter({ batch, end }: Prework): PartitionOffset {
  return { topic: batch.topic, partition: batch.partition, nextOffset: end };
}

function split(pieces: readonly Prework[], error: unknown): Prework[][] {
  if (pieces.length > 1) return pieces.map((piece) => [piece]);
  const [piece] = pieces;
  const [only] = piece?.items ?? [];
  if (!piece || !only) throw error;
  if (piece.items.length === 1) {
    if (only.poison) throw error; // not even parking it works: this is no fault of the message
    const text =
      error instanceof AppError ? error.code : `sql ${(error as { errno?: number }).errno ?? (error as Error).name}`;
    only.poison = { reason: "sql", error: text };
    return [[piece]];
  }
  const middle = Math.ceil(piece.items.length / 2);
  const later = piece.items.slice(middle);
  const firstOfLater = BigInt(later[0]?.message.offset ?? 0);
  return [[{ ...piece, items: piece.items.slice(0, middle), end: firstOfLater }], [{ ...piece, items: later }]];
}

// Each decision that throws costs the whole transaction once more; when several do, halving is cheaper.
const POISON_PER_TRANSACTION = 3;

async function commitPieces(set: AnyReactions, pieces: readonly Prework[], deps: BatchDeps) {
  for (let found = 1; ; found += 1) {
    try {
      // One try: a lock that is not to be had pauses the partitions, since a handler must not outlast its session.
      const result = await inTransaction(deps.db, (trx) => takeInWithin(trx, pieces, { set, deps }), { tries: 1 });
      deps.at?.("after-commit");
      if (result.counts) deps.counted?.(result.counts);
      return result;
    } catch (error) {
      if (!(error instanceof PoisonFound)) throw error;
      error.item.poison = error.poison;
      const { topic, partition, message, poison } = error.item;
      deps.log.error({ topic, partition, offset: message.offset, poison }, "consumer: event parked as poison");
      if (found === POISON_PER_TRANSACTION && pieces.length + (pieces[0]?.items.length ?? 0) > 2) throw error;
    }
  }
}

async function takeInWithin(
  trx: Transaction,
  pieces: readonly Prework[],
  { set, deps }: { set: AnyReactions; deps: BatchDeps },
) {
  const fences = await lockFences(
    trx,
    set.group,
    pieces.map(({ batch }) => batch),
  );
  const fresh = pieces.filter((piece) => piece.end > fenceOf(fences, piece));
  const items = fresh.flatMap((piece) => itemsBehindFence(fences, piece));
  const offsets = pieces.map((piece) => maxOffset(fenceOf(fences, piece), piece));
  if (items.length === 0) {
    if (fresh.length > 0) await advanceOffsets(trx, set.group, offsets);
    return { offsets, emitted: false, counts: undefined };
  }
  const parkedView = fences.anyParked ? await viewParked(trx, set.group, items) : NOTHING_PARKED;
  const state = await set.load(
    trx,
    items.flatMap(({ event, poison }) => (event && !poison ? [event] : [])),
  );
  const { outgoing, parked, counts } = decideItems(
    { set, state, parkedView, outbox: deps.outbox, now: fences.now },
    items,
  );
  await set.save(trx, state, fences.now);
  await park(trx, { group: set.group, now: fences.now }, parked);
  const deadLetters = parked
    .filter(({ state: as }) => as === "poison")
    .map(({ item }) => deadLetterOf(set, item, fences.now));
  await deps.outbox.insert(trx, [...outgoing, ...deadLetters], fences.now);
  await advanceOffsets(trx, set.group, offsets);
  if (deps.at) await execute(trx, "DO 0"); // so that a crash before COMMIT is one after all writes
  deps.at?.("before-commit");
  return { offsets, emitted: outgoing.length + deadLetters.length > 0, counts: { ...counts, parked: parked.length } };
}

function fenceOf(fences: Fences, { batch }: Prework): bigint {
  const fence = fences.offsets.find(({ topic, partition }) => topic === batch.topic && partition === batch.partition);
  if (fence) return fence.nextOffset;
  throw new AppError({
    code: "OFFSET_ROW_MISSING",
    message: `no offset row for ${batch.topic} ${batch.partition}`,
    retry: "later",
  });
}

// Below the fence is what another owner, or an earlier life of this one, has taken in already.
function itemsBehindFence(fences: Fences, piece: Prework): readonly Item[] {
  const fence = fenceOf(fences, piece);
  return piece.items.filter((item) => BigInt(item.message.offset) >= fence);
}

function maxOffset(fence: bigint, piece: Prework): PartitionOffset {
  const after = offsetAfter(piece);
  return after.nextOffset > fence ? after : { ...after, nextOffset: fence };
}
