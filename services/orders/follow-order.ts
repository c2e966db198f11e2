/** The life of one order as a stream of its history rows: from the beginning or behind the last one seen, then live. */
import { databaseNow } from "#platform/database/database.ts";
import type { EventStream } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { RowWaiter } from "#platform/waiting/row-waiter.ts";
import type { HistoryRow } from "./order-events.ts";
import { type OrderPulse, type OwnOrder, readHistory, readOrders, readOwnOrder } from "./order-store.ts";
import { isClosed, type Order, statusName } from "./order.ts";

export interface FollowDeps extends Pick<Backbone, "db"> {
  readonly waits: { readonly orders: RowWaiter<OrderPulse> };
}

// How long the stream of an order cancelled before its lock stays open: stock then answers late or, as a rule, never.
const GRACE_MS = 10_000;
const LOOK_AGAIN_MS = 60_000;

/** Undefined when the order is not theirs. */
export async function followOwnOrder(
  deps: FollowDeps,
  request: OwnOrder & { after: number; signal: AbortSignal },
): Promise<EventStream | undefined> {
  const order = await readOwnOrder(deps.db, request);
  return order && { events: historyOf(deps, request) };
}

async function* historyOf(deps: FollowDeps, request: { orderId: string; after: number; signal: AbortSignal }) {
  const { orderId, signal } = request;
  let last = request.after;
  while (!signal.aborted) {
    for (const row of (await readHistory(deps.db, [orderId], last)).get(orderId) ?? []) {
      last = row.rowNo;
      yield { id: String(row.rowNo), event: row.event, data: dataOf(row) };
    }
    const order = (await readOrders(deps.db, [orderId])).get(orderId);
    if (!order) return;
    // More may have been committed between the two reads.
    if (order.historyRows > last) continue;
    const openForMs = await msUntilClosed(deps, order);
    if (openForMs <= 0) return;
    const timeoutMs = Math.min(openForMs, LOOK_AGAIN_MS);
    await deps.waits.orders.wait(orderId, { until: ({ historyRows }) => historyRows > last, timeoutMs, signal });
  }
}

async function msUntilClosed({ db }: FollowDeps, order: Order): Promise<number> {
  const closed = isClosed(order);
  if (closed === "now") return 0;
  if (closed === "never" || order.cancelledAt === null) return Infinity;
  return order.cancelledAt.getTime() + GRACE_MS - (await databaseNow(db)).getTime();
}

function dataOf({ orderId, event, status, stock, at, reason }: HistoryRow) {
  return { orderId, event, status, statusName: statusName(status), stock, at: at.toISOString(), reason };
}
