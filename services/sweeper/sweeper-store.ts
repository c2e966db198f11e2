/** All SQL on sweeper_order. */
import {
  execute,
  placeholders,
  rows,
  type Transaction,
  type Queryable,
  executeLater,
} from "#platform/database/database.ts";
import { keyPages } from "#platform/database/key-pages.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import { type WatchedOrder, WatchedOrders } from "./watched-orders.ts";

interface Row {
  readonly order_id: string;
  readonly pay_by: Date | null;
  readonly state: "OPEN" | "CLOSED";
  readonly orders_seq: number;
  readonly orders_event_id: Buffer | null;
}

/** Locks the rows in key order, as every transaction of this service does: that is what rules out deadlocks. */
export async function loadWatchedOrders(trx: Transaction, orderIds: readonly string[]): Promise<WatchedOrders> {
  const found: Row[] = [];
  for (const page of keyPages(orderIds)) {
    const sql = `SELECT order_id, pay_by, state, orders_seq, orders_event_id FROM sweeper_order FORCE INDEX (PRIMARY)
      WHERE order_id IN ${placeholders(1, page.length)} ORDER BY order_id FOR UPDATE`;
    found.push(...(await rows<Row>(trx, sql, page)));
  }
  return new WatchedOrders(found.map(watchedOrder));
}

function watchedOrder(row: Row): WatchedOrder {
  const { orders_seq: seq, orders_event_id: eventId } = row;
  return {
    orderId: row.order_id,
    payBy: row.pay_by,
    state: row.state,
    seen: eventId === null ? undefined : { seq, eventId: uuidText(eventId) },
  };
}

/** Inserts new rows; of known ones only the state and what was taken in can have changed. */
export async function saveWatchedOrders(trx: Transaction, orders: readonly WatchedOrder[]): Promise<void> {
  if (orders.length === 0) return;
  executeLater(
    trx,
    `INSERT INTO sweeper_order (order_id, pay_by, state, next_suggest_at, seq, orders_seq, orders_event_id)
     VALUES ${placeholders(orders.length, 7)}
     ON DUPLICATE KEY UPDATE state = VALUES(state), orders_seq = VALUES(orders_seq),
       orders_event_id = VALUES(orders_event_id)`,
    orders.flatMap(({ orderId, payBy, state, seen }) => [
      orderId,
      payBy,
      state,
      payBy,
      0,
      seen?.seq ?? 0,
      seen === undefined ? null : uuidBytes(seen.eventId),
    ]),
  );
}

/** Where a sweep stands: it goes from old to new and never looks back within itself. */
export interface SweepWindow {
  /** null at the start. */
  readonly from: Date | null;
  readonly until: Date;
}

/** Open orders due within the window, oldest first, not locked. */
export function readDueOrders(
  db: Queryable,
  { from, until }: SweepWindow,
  limit: number,
): Promise<{ orderId: string; dueAt: Date }[]> {
  return rows(
    db,
    `SELECT order_id AS orderId, next_suggest_at AS dueAt FROM sweeper_order
     WHERE state = 'OPEN' AND next_suggest_at <= ? AND next_suggest_at >= COALESCE(?, '1000-01-01')
     ORDER BY next_suggest_at LIMIT ?`,
    [until, from, limit],
  );
}

interface DueOrder {
  readonly orderId: string;
  readonly payBy: Date;
  readonly seq: number;
}

/** Those of the given orders that are still open and due, locked in key order; `seq` is the last one emitted. */
export async function lockDueOrders(trx: Transaction, orderIds: readonly string[], until: Date): Promise<DueOrder[]> {
  const found: DueOrder[] = [];
  for (const page of keyPages(orderIds)) {
    const sql = `SELECT order_id AS orderId, pay_by AS payBy, seq FROM sweeper_order FORCE INDEX (PRIMARY)
      WHERE order_id IN ${placeholders(1, page.length)} AND state = 'OPEN' AND next_suggest_at <= ?
      ORDER BY order_id FOR UPDATE`;
    found.push(...(await rows<DueOrder>(trx, sql, [...page, until])));
  }
  return found;
}

/** Counts one more suggestion for each and puts the next off: one sweep, then 2, 4, 8, 16 and for ever 32 sweeps. */
export async function noteSuggested(
  trx: Transaction,
  orderIds: readonly string[],
  { now, sweepMs }: { now: Date; sweepMs: number },
): Promise<void> {
  // Assigned from left to right: the power is of the sequence before it is raised.
  await execute(
    trx,
    `UPDATE sweeper_order SET next_suggest_at = ? + INTERVAL (? * POW(2, LEAST(seq, 5))) MICROSECOND, seq = seq + 1
     WHERE order_id IN ${placeholders(1, orderIds.length)}`,
    [now, sweepMs * 1_000, ...orderIds],
  );
}
