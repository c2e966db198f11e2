/**
 * The clock as an event source: orders past their pay-by time are suggested for cancellation; orders decides.
 *
 * Guarantees: every order that is open and overdue when a sweep begins is suggested by it or by a later one, however long
 * nobody swept; a suggestion of one order and sequence has one event id for ever. Two sweeps at once are merely wasteful.
 */
import { setTimeout as delay } from "node:timers/promises";
import { databaseNow, inTransaction } from "#platform/database/database.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import { eventIdV7 } from "#platform/ids/ids.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Lease } from "#platform/outbox/lease.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { orderPaymentTimedOut } from "./sweeper-events.ts";
import { lockDueOrders, noteSuggested, readDueOrders, type SweepWindow } from "./sweeper-store.ts";

export interface SweepDeps extends Pick<Backbone, "db" | "outbox" | "poke" | "hasRoom"> {
  readonly lease: Lease;
  /** True when the process is about to end: the sweep stops after the page it is at. */
  stopping(): boolean;
}

const PAGE = 1_000;
const ROOM_POLL_MS = 100;

/** One sweep; `sweepMs`: time to the next one, the unit of back-off. Returns how many orders were suggested. */
export async function sweepOverdueOrders(deps: SweepDeps, sweepMs: number): Promise<number> {
  const cause: Cause = {
    correlationId: `sweep-${eventIdV7()}`,
    causationId: "clock",
    traceparent: traceparentFrom(undefined),
  };
  let total = 0;
  let window: SweepWindow = { from: null, until: await databaseNow(deps.db) };
  while (!deps.stopping() && (await deps.lease.held())) {
    if (!deps.hasRoom()) {
      await delay(ROOM_POLL_MS);
      continue;
    }
    const due = await readDueOrders(deps.db, window, PAGE);
    const last = due.at(-1);
    if (last === undefined) break;
    total += await suggest(deps, { orderIds: due.map(({ orderId }) => orderId), until: window.until, sweepMs, cause });
    window = { ...window, from: last.dueAt };
  }
  return total;
}

async function suggest(
  deps: SweepDeps,
  page: { orderIds: readonly string[]; until: Date; sweepMs: number; cause: Cause },
): Promise<number> {
  const count = await inTransaction(deps.db, async (trx) => {
    const orders = await lockDueOrders(trx, page.orderIds, page.until);
    if (orders.length === 0) return 0;
    const now = await databaseNow(trx);
    await noteSuggested(
      trx,
      orders.map(({ orderId }) => orderId),
      { now, sweepMs: page.sweepMs },
    );
    const events = orders.map((order) => orderPaymentTimedOut({ ...order, seq: order.seq + 1 }));
    await deps.outbox.append(trx, events, { cause: page.cause, now });
    return orders.length;
  });
  deps.poke();
  return count;
}
