/** All SQL on levels and the ledger. */
import type { Knex } from "knex";
import { execute, placeholders, rows } from "#platform/database/database.ts";
import type { SkuId } from "#schemas/event-types.ts";
import type { Movement, StockLevel } from "./stock.ts";

/** The one warehouse of today; part of every key, so that a second needs no rebuild. */
export const WAREHOUSE = 1;

// MariaDB turns an IN list of 1,000 and more into a subquery, which would read, and so lock, in an order of its own.
const ROWS_PER_STATEMENT = 500;

/** Cuts a list into statements of bounded size, keeping its order. */
export function* inPages<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += ROWS_PER_STATEMENT) yield list.slice(from, from + ROWS_PER_STATEMENT);
}

/** Locks stock rows, then the SKUs' own rows, each in the order of the ids given, which must be ascending. */
export async function lockLevels(trx: Knex.Transaction, skuIds: readonly string[]): Promise<StockLevel[]> {
  const levels = new Map<string, StockLevel>();
  for (const page of inPages(skuIds)) {
    const found = await rows<{ sku_id: SkuId; on_hand: number; locked: number; on_sale: number; version: number }>(
      trx,
      `SELECT sku_id, on_hand, locked, on_sale, version FROM pms_stock
       WHERE warehouse_id = ? AND sku_id IN ${placeholders(1, page.length)} ORDER BY sku_id FOR UPDATE`,
      [WAREHOUSE, ...page],
    );
    for (const { sku_id: skuId, on_hand: onHand, locked, on_sale, version } of found) {
      const level = { skuId, onHand, locked, onSale: on_sale === 1, version, threshold: 0, low: false, seq: 0 };
      levels.set(skuId, level);
    }
  }
  for (const page of inPages([...levels.keys()])) {
    const found = await rows<{ sku_id: SkuId; threshold: number; low: number; seq: number }>(
      trx,
      `SELECT sku_id, threshold, low, seq FROM pms_stock_sku WHERE sku_id IN ${placeholders(1, page.length)}
       ORDER BY sku_id FOR UPDATE`,
      page,
    );
    for (const { sku_id, threshold, low, seq } of found) {
      Object.assign(levels.get(sku_id) as StockLevel, { threshold, low: low === 1, seq });
    }
  }
  return [...levels.values()];
}

/** Writes the quantities of locked levels as they are in memory. */
export async function saveLevels(trx: Knex.Transaction, levels: readonly StockLevel[]): Promise<void> {
  for (const page of inPages(levels)) {
    await execute(
      trx,
      `INSERT INTO pms_stock (warehouse_id, sku_id, on_hand, locked, on_sale, version)
       VALUES ${placeholders(page.length, 6)}
       ON DUPLICATE KEY UPDATE on_hand = VALUES(on_hand), locked = VALUES(locked), version = VALUES(version)`,
      page.flatMap(({ skuId, onHand, locked, onSale, version }) => [
        WAREHOUSE,
        skuId,
        onHand,
        locked,
        onSale,
        version + 1,
      ]),
    );
  }
}

/** Writes threshold, low and sequence of locked levels as they are in memory. */
export async function saveSkuStates(trx: Knex.Transaction, levels: readonly StockLevel[]): Promise<void> {
  for (const page of inPages(levels)) {
    await execute(
      trx,
      `INSERT INTO pms_stock_sku (sku_id, threshold, low, seq) VALUES ${placeholders(page.length, 4)}
       ON DUPLICATE KEY UPDATE threshold = VALUES(threshold), low = VALUES(low), seq = VALUES(seq)`,
      page.flatMap(({ skuId, threshold, low, seq }) => [skuId, threshold, low, seq]),
    );
  }
}

/** Adds rows to the ledger; its unique key refuses a movement that was made before. */
export async function insertMovements(trx: Knex.Transaction, movements: readonly Movement[], now: Date): Promise<void> {
  for (const page of inPages(movements)) {
    await execute(
      trx,
      `INSERT INTO pms_stock_record (ref, warehouse_id, sku_id, kind, d_on_hand, d_locked, at, ext)
       VALUES ${placeholders(page.length, 8)}`,
      page.flatMap(({ ref, skuId, kind, onHandDelta, lockedDelta, ext }) => [
        ref,
        WAREHOUSE,
        skuId,
        kind,
        onHandDelta,
        lockedDelta,
        now,
        ext === undefined ? null : JSON.stringify(ext),
      ]),
    );
  }
}
