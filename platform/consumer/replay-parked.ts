/**
 * Takes in again what was set aside, a key at a time and in order: behind a gap when the missing event has come or the
 * patience with it has run out, behind poison when that has been settled. The same decisions, under the same fence.
 */
import { inTransaction, type Transaction } from "../database/database.ts";
import { type Item, prepare } from "./batch.ts";
import { GAP_PATIENCE_MS, PoisonFound, RETRY_EVERY_MS, decideItems } from "./decide-items.ts";
import { deadLetterOf } from "./dead-letter.ts";
import { lockFences } from "./offset-store.ts";
import { NOTHING_PARKED, type ParkedRow, dueKeys, lockParkedOf, settleParked } from "./parked-store.ts";
import type { AnyReactions } from "./reaction.ts";
import { type BatchDeps, isTransientFailure } from "./run-batch.ts";

interface DueKey {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer;
}

interface Context {
  readonly set: AnyReactions;
  readonly deps: BatchDeps;
}

const KEYS_PER_ROUND = 100;

/** Tries the keys that are due once; returns true when events were put into the outbox. One key's trouble is its own. */
export async function replayDue(set: AnyReactions, deps: BatchDeps): Promise<boolean> {
  const topics = set.from.map((topic) => topic.name);
  let emitted = false;
  for (const due of await dueKeys(deps.db, { group: set.group, topics }, KEYS_PER_ROUND)) {
    try {
      emitted = (await replayKey(due, { set, deps })) || emitted;
    } catch (error) {
      deps.log.warn({ err: error, topic: due.topic }, "consumer: parked key not taken in, trying again");
    }
  }
  return emitted;
}

async function replayKey(due: DueKey, context: Context): Promise<boolean> {
  const { db } = context.deps;
  try {
    return await inTransaction(db, (trx) => replayWithin(trx, { ...due, atMost: Infinity }, context));
  } catch (error) {
    if (error instanceof PoisonFound) return markPoison(error, context);
    if (isTransientFailure(error)) throw error;
  }
  // Some row cannot be saved: the rows before it one by one, until it is the first.
  try {
    return await inTransaction(db, (trx) => replayWithin(trx, { ...due, atMost: 1 }, context));
  } catch (error) {
    if (error instanceof PoisonFound) return markPoison(error, context);
    if (isTransientFailure(error)) throw error;
    return inTransaction(db, async (trx) => {
      const [first] = await lockParkedOf(trx, context.set.group, due);
      const [item] = first ? (decodeRows([first], context) ?? []) : [];
      return item
        ? parkPoison(trx, new PoisonFound(item, { reason: "sql", error: "cannot be saved" }), context)
        : false;
    });
  }
}

async function replayWithin(
  trx: Transaction,
  due: DueKey & { readonly atMost: number },
  { set, deps }: Context,
): Promise<boolean> {
  const { now } = await lockFences(trx, set.group, [due]);
  const rows = await lockParkedOf(trx, set.group, due);
  const poisonAt = rows.findIndex((row) => row.state === "poison");
  const waiting = (poisonAt === -1 ? rows : rows.slice(0, poisonAt)).slice(0, due.atMost);
  // What stands behind poison waits until somebody settles it; nothing is tried on a timer.
  const behindPoison = poisonAt === -1 ? [] : rows.slice(poisonAt);
  await settleParked(trx, set.group, { rows: behindPoison, state: "retry", nextTryAt: null });
  const [first] = waiting;
  if (!first) return false;
  const items = decodeRows(waiting, { set, deps });
  if (!items) {
    await settleParked(trx, set.group, { rows: waiting, state: "retry", nextTryAt: later(now) });
    return false;
  }
  const state = await set.load(
    trx,
    items.flatMap(({ event }) => (event ? [event] : [])),
  );
  const acceptGap = now.getTime() - first.parkedAt.getTime() >= GAP_PATIENCE_MS;
  const walked = decideItems({ set, state, parkedView: NOTHING_PARKED, outbox: deps.outbox, now, acceptGap }, items);
  const stillWaiting = new Set(walked.parked.map(({ item }) => item.message.offset));
  const isWaiting = (row: ParkedRow) => stillWaiting.has(row.message.offset);
  const taken = waiting.filter((row) => !isWaiting(row));
  await settleParked(trx, set.group, { rows: waiting.filter(isWaiting), state: "retry", nextTryAt: later(now) });
  await settleParked(trx, set.group, { rows: taken, state: "resolved", nextTryAt: null });
  await set.save(trx, state, now);
  await deps.outbox.insert(trx, walked.outgoing, now);
  deps.counted?.({ ...walked.counts, parked: 0 });
  return walked.outgoing.length > 0;
}

/** The rows as items in sequence order, or undefined while a schema is missing. */
function decodeRows(rows: readonly ParkedRow[], { set, deps }: Context): Item[] | undefined {
  const items: Item[] = [];
  for (const row of rows) {
    const prepared = prepare(set, { ...row, messages: [row.message] }, deps);
    if (prepared.heldAt) {
      deps.onUnknownSchema?.(prepared.heldAt);
      return undefined;
    }
    items.push(...prepared.items);
  }
  const poison = items.find((item) => item.poison);
  if (poison?.poison) throw new PoisonFound(poison, poison.poison);
  return items;
}

function markPoison(found: PoisonFound, context: Context): Promise<boolean> {
  return inTransaction(context.deps.db, (trx) => parkPoison(trx, found, context));
}

/** Another instance may have done so, or settled it, since the failure: then nothing is left to do. */
async function parkPoison(trx: Transaction, found: PoisonFound, { set, deps }: Context): Promise<boolean> {
  const { item, poison } = found;
  const { now } = await lockFences(trx, set.group, [item]);
  const change = { rows: [item], state: "poison", nextTryAt: null, error: poison.error } as const;
  if ((await settleParked(trx, set.group, change)) === 0) return false;
  await deps.outbox.insert(trx, [deadLetterOf(set, { ...item, poison }, now)], now);
  return true;
}

function later(now: Date): Date {
  return new Date(now.getTime() + RETRY_EVERY_MS);
}
