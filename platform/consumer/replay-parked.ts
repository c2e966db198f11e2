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
import type { BatchDeps } from "./run-batch.ts";

interface Context {
  readonly set: AnyReactions;
  readonly deps: BatchDeps;
}

const KEYS_PER_ROUND = 100;

/** Tries the keys that are due once; returns true when events were put into the outbox. */
export async function replayDue(set: AnyReactions, deps: BatchDeps): Promise<boolean> {
  const topics = new Set(set.from.map((topic) => topic.name));
  let emitted = false;
  for (const due of await dueKeys(deps.db, set.group, KEYS_PER_ROUND)) {
    if (!topics.has(due.topic)) continue;
    emitted = (await replayKey(set, due, deps)) || emitted;
  }
  return emitted;
}

async function replayKey(
  set: AnyReactions,
  due: { topic: string; partition: number; key: Buffer },
  deps: BatchDeps,
): Promise<boolean> {
  try {
    return await inTransaction(deps.db, (trx) => replayWithin(trx, due, { set, deps }));
  } catch (error) {
    if (!(error instanceof PoisonFound)) throw error;
    await inTransaction(deps.db, (trx) => markPoison(trx, error, { set, deps }));
    return true;
  }
}

async function replayWithin(
  trx: Transaction,
  due: { topic: string; partition: number; key: Buffer },
  { set, deps }: Context,
): Promise<boolean> {
  const { now } = await lockFences(trx, set.group, [due]);
  const rows = await lockParkedOf(trx, set.group, due);
  const poisonAt = rows.findIndex((row) => row.state === "poison");
  const waiting = poisonAt === -1 ? rows : rows.slice(0, poisonAt);
  // What stands behind poison waits until somebody settles it; nothing is tried on a timer.
  await settleParked(trx, set.group, {
    rows: rows.slice(waiting.length).filter((row) => row.state === "retry"),
    state: "retry",
    nextTryAt: null,
  });
  const [first] = waiting;
  if (!first) return false;
  const items = decodeRows(set, waiting, deps);
  if (!items) {
    await settleParked(trx, set.group, { rows: waiting, state: "retry", nextTryAt: later(now) });
    return false;
  }
  const state = await set.load(
    trx,
    items.flatMap(({ event }) => (event ? [event] : [])),
  );
  const acceptGaps = now.getTime() - first.parkedAt.getTime() >= GAP_PATIENCE_MS;
  const walked = decideItems({ set, state, parkedView: NOTHING_PARKED, outbox: deps.outbox, now, acceptGaps }, items);
  const stillWaiting = new Set(walked.parked.map(({ item }) => item.message.offset));
  const isWaiting = (row: ParkedRow) => stillWaiting.has(row.message.offset);
  await settleParked(trx, set.group, { rows: waiting.filter(isWaiting), state: "retry", nextTryAt: later(now) });
  await settleParked(trx, set.group, {
    rows: waiting.filter((row) => !isWaiting(row)),
    state: "resolved",
    nextTryAt: null,
  });
  await set.save(trx, state, now);
  await deps.outbox.insert(trx, walked.outgoing, now);
  deps.counted?.({ ...walked.counts, parked: 0 });
  return walked.outgoing.length > 0;
}

/** The rows as items in sequence order, or undefined while a schema is missing. */
function decodeRows(set: AnyReactions, rows: readonly ParkedRow[], deps: BatchDeps): Item[] | undefined {
  const items: Item[] = [];
  for (const row of rows) {
    const prepared = prepare(set, { ...row, messages: [row.message] }, deps);
    if (prepared.heldAt) return undefined;
    items.push(...prepared.items);
  }
  const poison = items.find((item) => item.poison);
  if (poison?.poison) throw new PoisonFound(poison, poison.poison);
  return items;
}

async function markPoison(trx: Transaction, found: PoisonFound, { set, deps }: Context): Promise<void> {
  const { item, poison } = found;
  const { now } = await lockFences(trx, set.group, [item]);
  await settleParked(trx, set.group, { rows: [item], state: "poison", nextTryAt: null, error: poison.error });
  await deps.outbox.insert(trx, [deadLetterOf(set, { ...item, poison }, now)], now);
}

function later(now: Date): Date {
  return new Date(now.getTime() + RETRY_EVERY_MS);
}
