/** SQL of the reactions: the orders of a batch with their attempts, loaded and saved set-wise. */
import type { IncomingEvent } from "#platform/consumer/reaction.ts";
import { placeholders, rows, type Transaction, executeLater } from "#platform/database/database.ts";
import { keyPages } from "#platform/database/key-pages.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import { typeName } from "#platform/kafka/envelope.ts";
import { OrderAwaitingPayment } from "#schemas/event-types.ts";
import { type AttemptRow, type PayOrderRow, PayOrders } from "./pay-orders.ts";
import { insertRefunds } from "./refund-store.ts";

interface OrderRow {
  readonly order_id: string;
  readonly user_id: string;
  readonly amount_cents: string | null;
  readonly currency: string | null;
  readonly pay_by: Date | null;
  readonly state: PayOrderRow["state"];
  readonly orders_seq: number;
  readonly orders_event_id: Buffer | null;
}

const OPENING = typeName(OrderAwaitingPayment);

/** Locks the orders in key order, then the attempts of those that are closed or refunded: the order of every transaction. */
export async function loadPayOrders(
  trx: Transaction,
  events: readonly IncomingEvent[],
  newId: () => string,
): Promise<PayOrders> {
  const orders: OrderRow[] = [];
  for (const page of keyPages(events.map((event) => event.key))) {
    const sql = `SELECT order_id, user_id, amount_cents, currency, pay_by, state, orders_seq, orders_event_id
      FROM pay_order FORCE INDEX (PRIMARY)
      WHERE order_id IN ${placeholders(1, page.length)} ORDER BY order_id FOR UPDATE`;
    orders.push(...(await rows<OrderRow>(trx, sql, page)));
  }
  const ending = events.filter(({ type }) => type !== OPENING).map((event) => event.key);
  return new PayOrders({ orders: orders.map(payOrder), attempts: await lockAttemptsOf(trx, ending), newId });
}

async function lockAttemptsOf(trx: Transaction, orderIds: readonly string[]): Promise<AttemptRow[]> {
  const attempts: AttemptRow[] = [];
  for (const page of keyPages(orderIds)) {
    const sql = `SELECT payment_id AS paymentId, order_id AS orderId, status, amount_cents AS amountCents, currency
      FROM pay_transaction FORCE INDEX (by_order) WHERE order_id IN ${placeholders(1, page.length)} FOR UPDATE`;
    const found = await rows<AttemptRow & { amountCents: string }>(trx, sql, page);
    attempts.push(...found.map((row) => ({ ...row, amountCents: Number(row.amountCents) })));
  }
  return attempts;
}

function payOrder(row: OrderRow): PayOrderRow {
  const { amount_cents: amount, currency, pay_by: payBy, orders_seq: seq, orders_event_id: eventId } = row;
  return {
    orderId: row.order_id,
    userId: row.user_id,
    state: row.state,
    due:
      amount === null || currency === null || payBy === null ? null : { amountCents: Number(amount), currency, payBy },
    seen: eventId === null ? undefined : { seq, eventId: uuidText(eventId) },
  };
}

export async function savePayOrders(trx: Transaction, orders: PayOrders, now: Date): Promise<void> {
  await upsertOrders(trx, orders.changed());
  if (orders.closedAttempts.length > 0) {
    executeLater(
      trx,
      `UPDATE pay_transaction SET status = 'CLOSED', settled_at = ?
       WHERE payment_id IN ${placeholders(1, orders.closedAttempts.length)}`,
      [now, ...orders.closedAttempts],
    );
  }
  if (orders.refunds.length === 0) return;
  await insertRefunds(trx, orders.refunds, now);
  executeLater(
    trx,
    `UPDATE pay_transaction SET status = 'REFUNDING' WHERE payment_id IN ${placeholders(1, orders.refunds.length)}`,
    orders.refunds.map(({ paymentId }) => paymentId),
  );
}

async function upsertOrders(trx: Transaction, orders: readonly PayOrderRow[]): Promise<void> {
  if (orders.length === 0) return;
  executeLater(
    trx,
    `INSERT INTO pay_order (order_id, user_id, amount_cents, currency, pay_by, state, seq, orders_seq, orders_event_id)
     VALUES ${placeholders(orders.length, 9)}
     ON DUPLICATE KEY UPDATE state = VALUES(state), orders_seq = VALUES(orders_seq),
       orders_event_id = VALUES(orders_event_id)`,
    orders.flatMap(({ orderId, userId, due, state, seen }) => [
      orderId,
      userId,
      due?.amountCents ?? null,
      due?.currency ?? null,
      due?.payBy ?? null,
      state,
      0,
      seen?.seq ?? 0,
      seen === undefined ? null : uuidBytes(seen.eventId),
    ]),
  );
}
