/** All SQL on what orders hold, and the loading and saving of a batch. */
import type { IncomingEvent } from "#platform/consumer/reaction.ts";
import { placeholders, rows, type Transaction, executeLater } from "#platform/database/database.ts";
import { inKeyOrder, inPages } from "#platform/database/key-pages.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import type { OrderCancelled, OrderId, OrderPaid, OrderPlaced, SkuId, StockLine } from "#schemas/event-types.ts";
import { isId } from "#platform/consumer/event-checks.ts";
import { StockBatch, type LockStatus, type StockLock } from "./stock-batch.ts";
import { WAREHOUSE, insertMovements, lockLevels, saveLevels, saveSkuStates } from "./stock-store.ts";

type OrderFact = OrderPlaced | OrderPaid | OrderCancelled;

/**
 * Loads and locks what the events may change: first the locks in the order of their ids, then SKU by SKU in the order of
 * theirs. Everybody who locks any of these keeps this order, after the fences of the consumer; that rules out deadlocks.
 */
export async function loadStockFor(trx: Transaction, events: readonly IncomingEvent[]): Promise<StockBatch> {
  const orderIds = new Set(events.map(({ key }) => key).filter(isId));
  const locks = await lockLocks(trx, inKeyOrder(orderIds));
  const known = new Map<string, StockLock>(locks.map((lock) => [lock.orderId, lock]));
  const skuIds = new Set<string>();
  for (const { key, seq, value } of events as readonly IncomingEvent<OrderFact>[]) {
    const lock = known.get(key);
    if (lock && seq <= lock.ordersSeq) continue; // a repeat: it will not be decided
    for (const { skuId } of lock?.lines ?? []) skuIds.add(skuId);
    if ("lines" in value) for (const { skuId } of value.lines) if (isId(skuId)) skuIds.add(skuId);
  }
  return new StockBatch(locks, await lockLevels(trx, inKeyOrder(skuIds)));
}

/** Writes what a batch changed, in statements of many rows with absolute values: legal because the rows are locked. */
export async function saveStock(trx: Transaction, stock: StockBatch, now: Date): Promise<void> {
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

interface LockRow {
  order_id: OrderId;
  status: LockStatus;
  orders_seq: number;
  orders_event_id: Buffer;
  emit_seq: number;
  reason: string | null;
  sku_id: SkuId | null;
  qty: number | null;
}

/**
 * Locks with their lines. An absent row takes no gap lock under READ COMMITTED; the fence keeps a second owner out, the
 * primary key is the last line.
 */
async function lockLocks(trx: Transaction, orderIds: readonly string[]): Promise<StockLock[]> {
  const locks: StockLock[] = [];
  for (const page of inPages(orderIds)) {
    const found = await rows<LockRow>(
      trx,
      `SELECT o.order_id, o.status, o.orders_seq, o.orders_event_id, o.emit_seq, o.reason, l.sku_id, l.qty
       FROM pms_stock_lock o FORCE INDEX (PRIMARY)
       LEFT JOIN pms_stock_lock_line l FORCE INDEX (PRIMARY) ON l.order_id = o.order_id
       WHERE o.order_id IN ${placeholders(1, page.length)} ORDER BY o.order_id FOR UPDATE`,
      page,
    );
    for (const lines of Map.groupBy(found, ({ order_id }) => order_id).values()) locks.push(lockOf(lines));
  }
  return locks;
}

function lockOf(found: readonly LockRow[]): StockLock {
  const { order_id, status, orders_seq, orders_event_id, emit_seq, reason } = found[0] as LockRow;
  return {
    orderId: order_id,
    status,
    ordersSeq: orders_seq,
    ordersEventId: uuidText(orders_event_id),
    emitSeq: emit_seq,
    reason,
    lines: found.flatMap(({ sku_id: skuId, qty }): StockLine[] => (skuId && qty ? [{ skuId, quantity: qty }] : [])),
  };
}

async function insertLocks(trx: Transaction, locks: readonly StockLock[], now: Date): Promise<void> {
  for (const page of inPages(locks)) {
    executeLater(
      trx,
      `INSERT INTO pms_stock_lock (order_id, status, orders_seq, orders_event_id, emit_seq, reason, updated_at)
       VALUES ${placeholders(page.length, 7)}`,
      page.flatMap((lock) => lockValues(lock, now)),
    );
  }
}

async function updateLocks(trx: Transaction, locks: readonly StockLock[], now: Date): Promise<void> {
  for (const page of inPages(locks)) {
    executeLater(
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

async function insertLines(trx: Transaction, locks: readonly StockLock[]): Promise<void> {
  const lines = locks.flatMap(({ orderId, lines: held }) => held.map((line) => ({ orderId, ...line })));
  for (const page of inPages(lines)) {
    executeLater(
      trx,
      `INSERT INTO pms_stock_lock_line (order_id, warehouse_id, sku_id, qty) VALUES ${placeholders(page.length, 4)}`,
      page.flatMap(({ orderId, skuId, quantity }) => [orderId, WAREHOUSE, skuId, quantity]),
    );
  }
}
