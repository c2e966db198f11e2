/** All SQL on levels and the ledger. */
import { placeholders, rows, type Transaction, executeLater } from "#platform/database/database.ts";
import { inPages } from "#platform/database/key-pages.ts";
import type { SkuId } from "#schemas/event-types.ts";
import type { Movement, StockLevel } from "./stock.ts";

/** The one warehouse of today; part of every key, so that a second needs no rebuild. */
export const WAREHOUSE = 1;

interface LevelRow {
  sku_id: SkuId;
  on_hand: number;
  locked: number;
  on_sale: number;
  version: number;
  threshold: number | null;
  low: number | null;
  seq: number | null;
}

/**
 * Locks stock and the SKUs' own rows in the order of the ids given, which must be ascending. One round trip for both: the
 * outer join reads each SKU's own row right after its stock, and the forced index keeps it from ever scanning a table,
 * which would lock in another order.
 */
export async function lockLevels(trx: Transaction, skuIds: readonly string[]): Promise<StockLevel[]> {
  const levels: StockLevel[] = [];
  for (const page of inPages(skuIds)) {
    const found = await rows<LevelRow>(
      trx,
      `SELECT s.sku_id, s.on_hand, s.locked, s.on_sale, s.version, k.threshold, k.low, k.seq
       FROM pms_stock s FORCE INDEX (PRIMARY)
       LEFT JOIN pms_stock_sku k FORCE INDEX (PRIMARY) ON k.sku_id = s.sku_id
       WHERE s.warehouse_id = ? AND s.sku_id IN ${placeholders(1, page.length)} ORDER BY s.sku_id FOR UPDATE`,
      [WAREHOUSE, ...page],
    );
    for (const row of found) levels.push(levelOf(row));
  }
  return levels;
}

function levelOf({ sku_id, on_hand, locked, on_sale, version, threshold, low, seq }: LevelRow): StockLevel {
  return {
    skuId: sku_id,
    onHand: on_hand,
    locked,
    onSale: on_sale === 1,
    version,
    threshold: threshold ?? 0,
    low: low === 1,
    seq: seq ?? 0,
  };
}

/** Writes the quantities of locked levels as they are in memory. */
export async function saveLevels(trx: Transaction, levels: readonly StockLevel[]): Promise<void> {
  for (const page of inPages(levels)) {
    executeLater(
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

/** Writes whether locked levels are on sale; a change like any other for who compares versions. */
export async function saveOnSale(trx: Transaction, levels: readonly StockLevel[]): Promise<void> {
  for (const page of inPages(levels)) {
    executeLater(
      trx,
      `INSERT INTO pms_stock (warehouse_id, sku_id, on_hand, locked, on_sale, version)
       VALUES ${placeholders(page.length, 6)}
       ON DUPLICATE KEY UPDATE on_sale = VALUES(on_sale), version = VALUES(version)`,
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
export async function saveSkuStates(trx: Transaction, levels: readonly StockLevel[]): Promise<void> {
  for (const page of inPages(levels)) {
    executeLater(
      trx,
      `INSERT INTO pms_stock_sku (sku_id, threshold, low, seq) VALUES ${placeholders(page.length, 4)}
       ON DUPLICATE KEY UPDATE threshold = VALUES(threshold), low = VALUES(low), seq = VALUES(seq)`,
      page.flatMap(({ skuId, threshold, low, seq }) => [skuId, threshold, low, seq]),
    );
  }
}

/** Adds rows to the ledger; its unique key refuses a movement that was made before. */
export async function insertMovements(trx: Transaction, movements: readonly Movement[], now: Date): Promise<void> {
  for (const page of inPages(movements)) {
    executeLater(
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
