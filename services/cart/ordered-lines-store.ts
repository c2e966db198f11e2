/** SQL of the order reactions: what the orders of a batch may take out of carts. */
import type { IncomingEvent } from "#platform/consumer/reaction.ts";
import { executeLater, placeholders, rows, type Transaction } from "#platform/database/database.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import type { OrderAwaitingPayment } from "#schemas/event-types.ts";
import { type OrderedLine, OrderedLines, type OrderRow } from "./ordered-lines.ts";
import { keyPages } from "#platform/database/key-pages.ts";

/** Locks the orders' rows and the carts of their shoppers, each in key order; nothing for orders not from a cart. */
export async function loadOrderedLines(trx: Transaction, events: readonly IncomingEvent[]): Promise<OrderedLines> {
  const placed = (events as readonly IncomingEvent<OrderAwaitingPayment>[]).filter(({ value }) => value.fromCart);
  if (placed.length === 0) return new OrderedLines({ lines: [], orders: [] });
  const lines: OrderedLine[] = [];
  const orders = await lockOrders(
    trx,
    placed.map(({ key }) => key),
  );
  for (const page of keyPages(placed.map(({ value }) => value.userId))) {
    const sql = `SELECT user_id AS userId, sku_id AS skuId, quantity, line_version AS lineVersion, changed_at AS changedAt
      FROM cart_cart FORCE INDEX (PRIMARY)
      WHERE user_id IN ${placeholders(1, page.length)} ORDER BY user_id, sku_id FOR UPDATE`;
    lines.push(...(await rows<OrderedLine>(trx, sql, page)));
  }
  return new OrderedLines({ lines, orders });
}

interface Row {
  readonly order_id: string;
  readonly orders_seq: number;
  readonly orders_event_id: Buffer | null;
}

async function lockOrders(trx: Transaction, orderIds: readonly string[]): Promise<OrderRow[]> {
  const found: Row[] = [];
  for (const page of keyPages(orderIds)) {
    const sql = `SELECT order_id, orders_seq, orders_event_id FROM cart_order FORCE INDEX (PRIMARY)
      WHERE order_id IN ${placeholders(1, page.length)} ORDER BY order_id FOR UPDATE`;
    found.push(...(await rows<Row>(trx, sql, page)));
  }
  return found.map(({ order_id: orderId, orders_seq: seq, orders_event_id: eventId }) => ({
    orderId,
    seen: eventId === null ? undefined : { seq, eventId: uuidText(eventId) },
  }));
}

/** The lines are locked, so absolute values are right. */
export async function saveOrderedLines(trx: Transaction, carts: OrderedLines): Promise<void> {
  const changed = carts.changedLines();
  const gone = changed.filter(({ quantity }) => quantity === 0);
  // A line at a time: a single pair in a list of pairs is no range for MariaDB, it would scan, and lock, every cart.
  for (const { userId, skuId } of gone) {
    executeLater(trx, "DELETE FROM cart_cart WHERE user_id = ? AND sku_id = ?", [userId, skuId]);
  }
  for (const { userId, skuId, quantity } of changed.filter(({ quantity: left }) => left > 0)) {
    executeLater(trx, "UPDATE cart_cart SET quantity = ? WHERE user_id = ? AND sku_id = ?", [quantity, userId, skuId]);
  }
  const orders = carts.changedOrders();
  if (orders.length === 0) return;
  executeLater(
    trx,
    `INSERT INTO cart_order (order_id, orders_seq, orders_event_id) VALUES ${placeholders(orders.length, 3)}
     ON DUPLICATE KEY UPDATE orders_seq = VALUES(orders_seq), orders_event_id = VALUES(orders_event_id)`,
    orders.flatMap(({ orderId, seen }) => [orderId, seen?.seq ?? 0, seen ? uuidBytes(seen.eventId) : null]),
  );
}
