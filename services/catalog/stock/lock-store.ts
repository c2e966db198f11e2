/** All SQL on what orders hold, and the loading and saving of a batch. */
import type { Knex } from "knex";
import type { IncomingEvent } from "#platform/consumer/reaction.ts";
import { execute, placeholders, rows } from "#platform/database/database.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import type { OrderCancelled, OrderId, OrderPaid, OrderPlaced, SkuId, StockLine } from "#schemas/event-types.ts";
import { isId } from "./ordered-lines.ts";
import { StockBatch, type LockStatus, type StockLock } from "./stock-batch.ts";
import { WAREHOUSE, inPages, insertMovements, lockLevels, saveLevels, saveSkuStates } from "./stock-store.ts";

type OrderFact = OrderPlaced | OrderPaid | OrderCancelled;

/**
 * Loads and locks what the events may change: locks by order, then stock by SKU, then the SKUs' own rows. Everybody who
 * locks any of these keeps this order, after the fences of the consumer; that alone rules out deadlocks.
 */
export async function loadStockFor(trx: Knex.Transaction, events: readonly IncomingEvent[]): Promise<StockBatch> {
  const orderIds = new Set(events.map(({ key }) => key).filter(isId));
  const locks = await lockLocks(trx, inIdOrder(orderIds));
  const seqOf = new Map<string, number>(locks.map((lock) => [lock.orderId, lock.ordersSeq]));
  const fresh = events.filter(({ key, seq }) => seq > (seqOf.get(key) ?? 0));
  const freshKeys = new Set(fresh.map(({ key }) => key));
  await loadLines(
    trx,
    locks.filter(({ orderId, status }) => freshKeys.has(orderId) && (status === "LOCKED" || status === "RELEASED")),
  );
  const skuIds = new Set<string>();
  for (const { value } of fresh as readonly IncomingEvent<OrderFact>[]) {
    if ("lines" in value) for (const { skuId } of value.lines) if (isId(skuId)) skuIds.add(skuId);
  }
  for (const { lines } of locks) for (const { skuId } of lines) skuIds.add(skuId);
  return new StockBatch(locks, await lockLevels(trx, inIdOrder(skuIds)));
}

/** Writes what a batch changed, in statements of many rows with absolute values: legal because the rows are locked. */
export async function saveStock(trx: Knex.Transaction, stock: StockBatch, now: Date): Promise<void> {
  const isNew = new Set(stock.newLocks);
  await insertLocks(trx, stock.newLocks, now);
  await updateLocks(
    trx,
    [...stock.changedLocks].filter((lock) => !isNew.has(lock)),
    now,
  );
  await insertLines(trx, stock.newlyHeld);
  await insertMovements(trx, stock.movements, now);
  await saveLevels(trx, [...stock.changedLevels]);
  await saveSkuStates(trx, [...stock.crossedLevels]);
}

function inIdOrder(ids: Iterable<string>): string[] {
  // Decimal texts without leading zeros: the shorter is the smaller.
  return [...ids].toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

interface LockRow {
  order_id: OrderId;
  status: LockStatus;
  orders_seq: number;
  orders_event_id: Buffer;
  emit_seq: number;
  reason: string | null;
}

/** An absent row takes no gap lock under READ COMMITTED; the fence keeps a second owner out, the primary key is the last line. */
async function lockLocks(trx: Knex.Transaction, orderIds: readonly string[]): Promise<StockLock[]> {
  const locks: StockLock[] = [];
  for (const page of inPages(orderIds)) {
    const found = await rows<LockRow>(
      trx,
      `SELECT order_id, status, orders_seq, orders_event_id, emit_seq, reason FROM pms_stock_lock
       WHERE order_id IN ${placeholders(1, page.length)} ORDER BY order_id FOR UPDATE`,
      page,
    );
    for (const row of found) {
      locks.push({
        orderId: row.order_id,
        status: row.status,
        ordersSeq: row.orders_seq,
        ordersEventId: uuidText(row.orders_event_id),
        emitSeq: row.emit_seq,
        reason: row.reason,
        lines: [],
      });
    }
  }
  return locks;
}

/** Fills in the lines of locks whose rows are held. */
async function loadLines(trx: Knex.Transaction, locks: readonly StockLock[]): Promise<void> {
  for (const page of inPages(locks)) {
    const found = await rows<{ order_id: OrderId; sku_id: SkuId; qty: number }>(
      trx,
      `SELECT order_id, sku_id, qty FROM pms_stock_lock_line WHERE order_id IN ${placeholders(1, page.length)}`,
      page.map(({ orderId }) => orderId),
    );
    const byOrder = Map.groupBy(found, ({ order_id }) => order_id);
    for (const lock of page) {
      lock.lines = (byOrder.get(lock.orderId) ?? []).map((row): StockLine => ({
        skuId: row.sku_id,
        quantity: row.qty,
      }));
    }
  }
}

async function insertLocks(trx: Knex.Transaction, locks: readonly StockLock[], now: Date): Promise<void> {
  for (const page of inPages(locks)) {
    await execute(
      trx,
      `INSERT INTO pms_stock_lock (order_id, status, orders_seq, orders_event_id, emit_seq, reason, updated_at)
       VALUES ${placeholders(page.length, 7)}`,
      page.flatMap((lock) => lockValues(lock, now)),
    );
  }
}

async function updateLocks(trx: Knex.Transaction, locks: readonly StockLock[], now: Date): Promise<void> {
  for (const page of inPages(locks)) {
    await execute(
      trx,
      `INSERT INTO pms_stock_lock (order_id, status, orders_seq, orders_event_id, emit_seq, reason, updated_at)
       VALUES ${placeholders(page.length, 7)}
       ON DUPLICATE KEY UPDATE status = VALUES(status), orders_seq = VALUES(orders_seq),
         orders_event_id = VALUES(orders_event_id), emit_seq = VALUES(emit_seq), reason = VALUES(reason),
         updated_at = VALUES(updated_at)`,
      page.flatMap((lock) => lockValues(lock, now)),
    );
  }
}

function lockValues(lock: StockLock, now: Date): unknown[] {
  const { orderId, status, ordersSeq, ordersEventId, emitSeq, reason } = lock;
  return [orderId, status, ordersSeq, uuidBytes(ordersEventId), emitSeq, reason, now];
}

async function insertLines(trx: Knex.Transaction, locks: readonly StockLock[]): Promise<void> {
  const lines = locks.flatMap(({ orderId, lines: held }) => held.map((line) => ({ orderId, ...line })));
  for (const page of inPages(lines)) {
    await execute(
      trx,
      `INSERT INTO pms_stock_lock_line (order_id, warehouse_id, sku_id, qty) VALUES ${placeholders(page.length, 4)}`,
      page.flatMap(({ orderId, skuId, quantity }) => [orderId, WAREHOUSE, skuId, quantity]),
    );
  }
}
