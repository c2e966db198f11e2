/** All SQL on orders, their lines and their history. */
import { placeholders, rows, type Transaction, type Queryable } from "#platform/database/database.ts";
import { keyPages } from "#platform/database/key-pages.ts";
import type { HistoryRow } from "./order-events.ts";
import type { Order, OrderLine } from "./order.ts";
import { all, insertRow, insertRows, lockRows, readRows, type Row, tableOf, upsertRows } from "./table-store.ts";

const ownFields = {
  ...all("plain", "orderId", "orderSn", "userId", "clientKey", "currency", "placedAt", "payBy"),
  ...all("number", "totalCents", "payCents"),
  ...all("flag", "fromCart"),
};
const orderFields = {
  ...ownFields,
  ...all("plain", "status", "stock", "seq", "historyRows", "paidAt", "shippedAt", "finishedAt", "cancelledAt"),
  ...all("plain", "cancelReason", "cancelNote", "paymentId", "carrier", "trackingNumber"),
  ...all("plain", "stockSeq", "stockEventId", "paymentSeq", "paymentEventId", "timeoutSeq", "timeoutEventId"),
  ...all("flag", "latePayment"),
  ...all("json", "refunds", "shortages"),
};
/** Kept with an order, not read with it. */
interface Aside {
  readonly address: Buffer;
  readonly remark: string | null;
}
interface StoredLine extends OrderLine {
  readonly orderId: string;
  readonly lineNo: number;
}

const fixed = Object.keys(ownFields) as (keyof typeof ownFields)[];
const orderTable = tableOf<Order>("oms_order", orderFields, { fixed });
const placedTable = tableOf<Order & Aside>("oms_order", { ...orderFields, ...all("plain", "address", "remark") });
const lineTable = tableOf<StoredLine>("oms_order_item", {
  ...all("plain", "orderId", "skuId", "lineNo", "productId", "productName", "quantity", "cartLineVersion"),
  ...all("number", "priceCents", "totalCents"),
  ...all("json", "attributes"),
});
const historyTable = tableOf<HistoryRow>(
  "oms_order_status",
  all("plain", "orderId", "rowNo", "event", "status", "stock", "reason", "at"),
);
const HISTORY_COLUMNS = historyTable.COLUMNS;
const ORDER_COLUMNS = orderTable.COLUMNS;

/** Names an order as its owner's: for anybody else there is none. */
export interface OwnOrder {
  readonly orderId: string;
  readonly userId: string;
}

export function lockOrders(trx: Transaction, orderIds: readonly string[]): Promise<Order[]> {
  return lockRows(trx, orderTable, orderIds);
}

export async function lockOwnOrder(trx: Transaction, { orderId, userId }: OwnOrder): Promise<Order | undefined> {
  const sql = `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE order_id = ? AND user_id = ? FOR UPDATE`;
  return (await rows<Row>(trx, sql, [orderId, userId])).map(orderTable.read)[0];
}

export async function readOwnOrder(db: Queryable, { orderId, userId }: OwnOrder): Promise<Order | undefined> {
  const sql = `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE order_id = ? AND user_id = ?`;
  return (await rows<Row>(db, sql, [orderId, userId])).map(orderTable.read)[0];
}

export async function findByClientKey(trx: Queryable, userId: string, clientKey: Buffer): Promise<Order | undefined> {
  const sql = `SELECT ${ORDER_COLUMNS} FROM oms_order WHERE user_id = ? AND client_key = ?`;
  return (await rows<Row>(trx, sql, [userId, clientKey])).map(orderTable.read)[0];
}

/** Unlocked, by id. */
export async function readOrders(db: Queryable, orderIds: readonly string[]): Promise<Map<string, Order>> {
  return new Map((await readRows(db, orderTable, orderIds)).map((order) => [order.orderId, order]));
}

/** What those who wait for an order look at: little, since it is read for all of them at once, again and again. */
export type OrderPulse = Pick<Order, "orderId" | "status" | "stock" | "historyRows">;

export async function readPulses(db: Queryable, orderIds: readonly string[]): Promise<Map<string, OrderPulse>> {
  const found: OrderPulse[] = [];
  for (const page of keyPages(orderIds)) {
    const sql = `SELECT order_id AS orderId, status, stock, history_rows AS historyRows FROM oms_order
      WHERE order_id IN ${placeholders(1, page.length)}`;
    found.push(...(await rows<OrderPulse>(db, sql, page)));
  }
  return new Map(found.map((pulse) => [pulse.orderId, pulse]));
}

/** Shipped orders whose receipt nobody has confirmed for `afterMs`, oldest first. */
export async function overdueReceipts(db: Queryable, afterMs: number, limit: number): Promise<string[]> {
  const sql = `SELECT order_id FROM oms_order FORCE INDEX (receipt_due)
    WHERE status = 2 AND shipped_at <= NOW(3) - INTERVAL ? MICROSECOND
    ORDER BY shipped_at LIMIT ?`;
  return (await rows<{ order_id: string }>(db, sql, [afterMs * 1_000, limit])).map((row) => row.order_id);
}

/** By order, in the order in which they were asked for. */
export async function readLines(db: Queryable, orderIds: readonly string[]): Promise<Map<string, OrderLine[]>> {
  const found = await readRows(db, lineTable, orderIds);
  return Map.groupBy<string, OrderLine & StoredLine>(
    found.toSorted((left, right) => left.lineNo - right.lineNo),
    ({ orderId }) => orderId,
  );
}

/** History rows behind `after` (0 = all), in order. */
export async function readHistory(
  db: Queryable,
  orderIds: readonly string[],
  after = 0,
): Promise<Map<string, HistoryRow[]>> {
  if (orderIds.length === 0) return new Map();
  const sql = `SELECT ${HISTORY_COLUMNS} FROM oms_order_status
    WHERE order_id IN ${placeholders(1, orderIds.length)} AND row_no > ? ORDER BY order_id, row_no`;
  const found = (await rows<Row>(db, sql, [...orderIds, after])).map(historyTable.read);
  return Map.groupBy(found, ({ orderId }) => orderId);
}

export async function insertOrder(
  trx: Transaction,
  order: Order,
  own: Aside & { readonly lines: readonly OrderLine[] },
): Promise<void> {
  const { orderId } = order;
  await insertRow(trx, placedTable, { ...order, address: own.address, remark: own.remark });
  const lines = own.lines.map((line, index) => ({ ...line, orderId, lineNo: index + 1 }));
  await insertRows(trx, lineTable, lines);
}

/** Writes what has changed of orders whose rows the caller holds locked, and what happened to them. */
export async function saveOrders(
  trx: Transaction,
  orders: readonly Order[],
  history: readonly HistoryRow[],
): Promise<void> {
  await upsertRows(trx, orderTable, orders);
  await insertHistory(trx, history);
}

export function insertHistory(trx: Transaction, history: readonly HistoryRow[]): Promise<void> {
  return insertRows(trx, historyTable, history);
}
