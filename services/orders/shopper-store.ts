/** All SQL on what is kept per shopper: the key of their address snapshots, and what the limits count. */
import { execute, placeholders, rows, type Transaction, type Queryable } from "#platform/database/database.ts";

export interface LockedShopper {
  readonly wrappedKey: Buffer;
  /** The database's clock. */
  readonly now: Date;
  readonly openOrders: number;
}

/**
 * Locks the shopper's row, which holds every other order of this shopper up until the commit, and counts their unpaid
 * orders. The count depends on the locked row, so it is made after the lock was granted and sees what was committed by
 * whoever held it before: parallel requests cannot all find the same room.
 */
export async function lockShopper(trx: Transaction, userId: string): Promise<LockedShopper | undefined> {
  const [row] = await rows<{ wrapped_key: Buffer; now: Date; open_orders: string | number }>(
    trx,
    `SELECT k.wrapped_key, NOW(3) AS now,
       (SELECT COUNT(*) FROM oms_order o WHERE o.user_id = k.user_id AND o.status = 0) AS open_orders
     FROM pii_key k WHERE k.user_id = ? FOR UPDATE`,
    [userId],
  );
  return row && { wrappedKey: row.wrapped_key, now: row.now, openOrders: Number(row.open_orders) };
}

/** Keeps the key that is there, if a twin was faster. */
export async function addShopper(trx: Transaction, userId: string, wrappedKey: Buffer): Promise<void> {
  await execute(trx, "INSERT IGNORE INTO pii_key (user_id, wrapped_key) VALUES (?, ?)", [userId, wrappedKey]);
}

/** Units in the shopper's unpaid orders, by SKU; the shopper must be locked. */
export async function openUnits(
  trx: Transaction,
  userId: string,
  skuIds: readonly string[],
): Promise<Map<string, number>> {
  const found = await rows<{ sku_id: string; units: string | number }>(
    trx,
    `SELECT i.sku_id, SUM(i.quantity) AS units FROM oms_order o JOIN oms_order_item i ON i.order_id = o.order_id
     WHERE o.user_id = ? AND o.status = 0 AND i.sku_id IN ${placeholders(1, skuIds.length)} GROUP BY i.sku_id`,
    [userId, ...skuIds],
  );
  return new Map(found.map((row) => [row.sku_id, Number(row.units)]));
}

/** Counts one cancellation; false when the hour that began with the first one has seen `limit` already. */
export async function countCancel(trx: Transaction, userId: string, limit: number): Promise<boolean> {
  const changed = await execute(
    trx,
    `UPDATE pii_key SET
       cancels = IF(cancel_window_from > NOW(3) - INTERVAL 1 HOUR, cancels + 1, 1),
       cancel_window_from = IF(cancel_window_from > NOW(3) - INTERVAL 1 HOUR, cancel_window_from, NOW(3))
     WHERE user_id = ?
       AND (cancels < ? OR cancel_window_from IS NULL OR cancel_window_from <= NOW(3) - INTERVAL 1 HOUR)`,
    [userId, limit],
  );
  return changed === 1;
}

/** The encrypted address snapshots of orders with the keys that open them; those whose key is destroyed are absent. */
export async function readSealedAddresses(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, { userId: string; wrappedKey: Buffer; sealed: Buffer }>> {
  if (orderIds.length === 0) return new Map();
  const found = await rows<{ orderId: string; userId: string; sealed: Buffer; wrappedKey: Buffer }>(
    db,
    `SELECT o.order_id AS orderId, o.user_id AS userId, o.address AS sealed, k.wrapped_key AS wrappedKey
     FROM oms_order o JOIN pii_key k ON k.user_id = o.user_id
     WHERE o.order_id IN ${placeholders(1, orderIds.length)} AND o.address IS NOT NULL`,
    orderIds,
  );
  return new Map(found.map((row) => [row.orderId, row]));
}

/**
 * Destroys the keys of users who have been gone for `afterMs`: their address snapshots are unreadable from then on. Their
 * address book, which came under a key of everybody's, goes first: a crash between the two leaves the key to be found again.
 */
export async function destroyKeysOfGone(db: Queryable, afterMs: number): Promise<number> {
  await execute(
    db,
    `UPDATE oms_address a JOIN oms_user u ON u.user_id = a.user_id SET a.ciphertext = NULL
     WHERE a.ciphertext IS NOT NULL AND u.status = 'DELETED' AND u.deleted_at <= NOW(3) - INTERVAL ? MICROSECOND`,
    [afterMs * 1_000],
  );
  return execute(
    db,
    `DELETE k FROM pii_key k JOIN oms_user u ON u.user_id = k.user_id
     WHERE u.status = 'DELETED' AND u.deleted_at <= NOW(3) - INTERVAL ? MICROSECOND`,
    [afterMs * 1_000],
  );
}
