/** All SQL on orders, their lines and their history. */
import type { Knex } from "knex";
import type { Seen } from "#platform/consumer/reaction.ts";
import { execute, placeholders, rows } from "#platform/database/database.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import type { HistoryRow } from "./order-events.ts";
import type { Order, OrderLine, Status } from "./order.ts";

const ORDER_COLUMNS = `order_id, order_sn, user_id, client_key, status, stock, currency, total_cents, pay_cents,
  from_cart, placed_at, pay_by, paid_at, shipped_at, finished_at, cancelled_at, cancel_reason, cancel_note, payment_id,
  late_payment, refunds, shortages, carrier, tracking_number, seq, history_rows, stock_seq, stock_event_id,
  payment_seq, payment_event_id, timeout_seq, timeout_event_id`;
const ORDER_WIDTH = 32;

type Row = Record<string, unknown> & { readonly order_id: string };

/** Locks orders in ascending id, the order in which everybody locks them. */
export async function lockOrders(trx: Knex.Transaction, orderIds: readonly string[]): Promise<Order[]> {
  if (orderIds.length === 0) return [];
  const found = await rows<Row>(
    trx,
    `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE order_id IN ${placeholders(1, orderIds.length)}
     ORDER BY order_id FOR UPDATE`,
    orderIds,
  );
  return found.map(orderOf);
}

/** Names an order as its owner's: for anybody else there is none. */
export interface OwnOrder {
  readonly orderId: string;
  readonly userId: string;
}

export async function lockOwnOrder(trx: Knex.Transaction, own: OwnOrder): Promise<Order | undefined> {
  const sql = `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE order_id = ? AND user_id = ? FOR UPDATE`;
  const [row] = await rows<Row>(trx, sql, [own.orderId, own.userId]);
  return row && orderOf(row);
}

export async function readOwnOrder(db: Knex, own: OwnOrder): Promise<Order | undefined> {
  const sql = `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE order_id = ? AND user_id = ?`;
  const [row] = await rows<Row>(db, sql, [own.orderId, own.userId]);
  return row && orderOf(row);
}

export async function findByClientKey(trx: Knex, userId: string, clientKey: Buffer): Promise<Order | undefined> {
  const sql = `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE user_id = ? AND client_key = ?`;
  const [row] = await rows<Row>(trx, sql, [userId, clientKey]);
  return row && orderOf(row);
}

/** Unlocked, by id. */
export async function readOrders(db: Knex, orderIds: readonly string[]): Promise<Map<string, Order>> {
  if (orderIds.length === 0) return new Map();
  const sql = `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE order_id IN ${placeholders(1, orderIds.length)}`;
  const found = await rows<Row>(db, sql, orderIds);
  return new Map(found.map((row) => [row.order_id, orderOf(row)]));
}

/** Newest first, below `before`; `status` narrows it. */
export async function readOwnOrders(
  db: Knex,
  { userId, status, before, limit }: { userId: string; status?: Status | undefined; before: string; limit: number },
): Promise<Order[]> {
  const found =
    status === undefined
      ? await rows<Row>(
          db,
          `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE user_id = ? AND order_id < ? ORDER BY order_id DESC LIMIT ?`,
          [userId, before, limit],
        )
      : await rows<Row>(
          db,
          `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE user_id = ? AND status = ? AND order_id < ?
           ORDER BY order_id DESC LIMIT ?`,
          [userId, status, before, limit],
        );
  return found.map(orderOf);
}

/** Shipped orders whose receipt nobody has confirmed for `afterMs`, oldest first. */
export async function overdueReceipts(db: Knex, afterMs: number, limit: number): Promise<string[]> {
  const sql = `SELECT order_id FROM oms_order WHERE status = 2 AND shipped_at <= NOW(3) - INTERVAL ? MICROSECOND
    ORDER BY shipped_at LIMIT ?`;
  return (await rows<Row>(db, sql, [afterMs * 1_000, limit])).map((row) => row.order_id);
}

export async function readLines(db: Knex, orderIds: readonly string[]): Promise<Map<string, OrderLine[]>> {
  if (orderIds.length === 0) return new Map();
  const sql = `SELECT order_id, sku_id, product_id, product_name, sku_attributes, price_cents, quantity, total_cents,
      cart_line_version
    FROM oms_order_item WHERE order_id IN ${placeholders(1, orderIds.length)} ORDER BY order_id, line_no`;
  const found = await rows<Row>(db, sql, orderIds);
  const byOrder = Map.groupBy(found, (row) => row.order_id);
  return new Map([...byOrder].map(([orderId, list]) => [orderId, list.map(lineOf)]));
}

/** History rows behind `after` (0 = all), in order. */
export async function readHistory(
  db: Knex,
  orderIds: readonly string[],
  after = 0,
): Promise<Map<string, HistoryRow[]>> {
  if (orderIds.length === 0) return new Map();
  const sql = `SELECT order_id AS orderId, row_no AS rowNo, event, status, stock, reason, at FROM oms_order_status
    WHERE order_id IN ${placeholders(1, orderIds.length)} AND row_no > ? ORDER BY order_id, row_no`;
  return Map.groupBy(await rows<HistoryRow>(db, sql, [...orderIds, after]), (row) => row.orderId);
}

export async function insertOrder(
  trx: Knex.Transaction,
  order: Order,
  own: { readonly lines: readonly OrderLine[]; readonly address: Buffer; readonly remark: string | null },
): Promise<void> {
  await execute(
    trx,
    `INSERT INTO oms_order (${ORDER_COLUMNS}, address, remark) VALUES ${placeholders(1, ORDER_WIDTH + 2)}`,
    [...valuesOf(order), own.address, own.remark],
  );
  await execute(
    trx,
    `INSERT INTO oms_order_item (order_id, sku_id, line_no, product_id, product_name, sku_attributes, price_cents,
       quantity, total_cents, cart_line_version) VALUES ${placeholders(own.lines.length, 10)}`,
    own.lines.flatMap((line, index) => [
      order.orderId,
      line.skuId,
      index + 1,
      line.productId,
      line.productName,
      JSON.stringify(line.attributes),
      line.priceCents,
      line.quantity,
      line.totalCents,
      line.cartLineVersion,
    ]),
  );
}

/** Writes whole orders, absolutely: the caller holds their rows locked, so each row is there and is only updated. */
export async function saveOrders(trx: Knex.Transaction, orders: readonly Order[]): Promise<void> {
  if (orders.length === 0) return;
  await execute(
    trx,
    `INSERT INTO oms_order (${ORDER_COLUMNS}) VALUES ${placeholders(orders.length, ORDER_WIDTH)}
     ON DUPLICATE KEY UPDATE status = VALUES(status), stock = VALUES(stock), paid_at = VALUES(paid_at),
       shipped_at = VALUES(shipped_at), finished_at = VALUES(finished_at), cancelled_at = VALUES(cancelled_at),
       cancel_reason = VALUES(cancel_reason), cancel_note = VALUES(cancel_note), payment_id = VALUES(payment_id),
       late_payment = VALUES(late_payment), refunds = VALUES(refunds), shortages = VALUES(shortages),
       carrier = VALUES(carrier), tracking_number = VALUES(tracking_number), seq = VALUES(seq),
       history_rows = VALUES(history_rows), stock_seq = VALUES(stock_seq), stock_event_id = VALUES(stock_event_id),
       payment_seq = VALUES(payment_seq), payment_event_id = VALUES(payment_event_id),
       timeout_seq = VALUES(timeout_seq), timeout_event_id = VALUES(timeout_event_id)`,
    orders.flatMap(valuesOf),
  );
}

export async function insertHistory(trx: Knex.Transaction, history: readonly HistoryRow[]): Promise<void> {
  if (history.length === 0) return;
  await execute(
    trx,
    `INSERT INTO oms_order_status (order_id, row_no, event, status, stock, reason, at)
     VALUES ${placeholders(history.length, 7)}`,
    history.flatMap((row) => [row.orderId, row.rowNo, row.event, row.status, row.stock, row.reason, row.at]),
  );
}

function valuesOf(order: Order): unknown[] {
  const { seen } = order;
  return [
    order.orderId,
    order.orderSn,
    order.userId,
    order.clientKey,
    order.status,
    order.stock,
    order.currency,
    order.totalCents,
    order.payCents,
    order.fromCart,
    order.placedAt,
    order.payBy,
    order.paidAt,
    order.shippedAt,
    order.finishedAt,
    order.cancelledAt,
    order.cancelReason,
    order.cancelNote,
    order.paymentId,
    order.latePayment,
    Object.keys(order.refunds).length === 0 ? null : JSON.stringify(order.refunds),
    order.shortages && JSON.stringify(order.shortages),
    order.carrier,
    order.trackingNumber,
    order.seq,
    order.historyRows,
    ...[seen.stock, seen.payment, seen.timeout].flatMap((last) =>
      last ? [last.seq, uuidBytes(last.eventId)] : [0, null],
    ),
  ];
}

function orderOf(row: Row): Order {
  return {
    orderId: row["order_id"],
    orderSn: row["order_sn"],
    userId: row["user_id"],
    clientKey: row["client_key"],
    status: row["status"],
    stock: row["stock"],
    currency: row["currency"],
    totalCents: Number(row["total_cents"]),
    payCents: Number(row["pay_cents"]),
    fromCart: row["from_cart"] === 1,
    placedAt: row["placed_at"],
    payBy: row["pay_by"],
    paidAt: row["paid_at"],
    shippedAt: row["shipped_at"],
    finishedAt: row["finished_at"],
    cancelledAt: row["cancelled_at"],
    cancelReason: row["cancel_reason"],
    cancelNote: row["cancel_note"],
    paymentId: row["payment_id"],
    latePayment: row["late_payment"] === 1,
    refunds: parsedJson(row["refunds"]) ?? {},
    shortages: parsedJson(row["shortages"]),
    carrier: row["carrier"],
    trackingNumber: row["tracking_number"],
    seq: row["seq"],
    historyRows: row["history_rows"],
    seen: {
      stock: seenOf(row["stock_seq"], row["stock_event_id"]),
      payment: seenOf(row["payment_seq"], row["payment_event_id"]),
      timeout: seenOf(row["timeout_seq"], row["timeout_event_id"]),
    },
  } as Order;
}

function seenOf(seq: unknown, eventId: unknown): Seen | undefined {
  return eventId === null ? undefined : { seq: Number(seq), eventId: uuidText(eventId as Buffer) };
}

function lineOf(row: Row): OrderLine {
  return {
    skuId: row["sku_id"],
    productId: row["product_id"],
    productName: row["product_name"],
    attributes: parsedJson(row["sku_attributes"]),
    priceCents: Number(row["price_cents"]),
    quantity: row["quantity"],
    totalCents: Number(row["total_cents"]),
    cartLineVersion: row["cart_line_version"] === null ? null : Number(row["cart_line_version"]),
  } as OrderLine;
}

/** MariaDB hands a JSON column over as text, MySQL as a value. */
function parsedJson(value: unknown): unknown {
  return typeof value === "string" ? JSON.parse(value) : value;
}
