/** The merchant's reading of levels and of the ledger. Nothing is locked here. */
import { rows, type Queryable } from "#platform/database/database.ts";
import { jsonOf } from "../json-column.ts";
import type { MovementKind, StockView } from "./stock.ts";
import { WAREHOUSE } from "./stock-store.ts";

/** What the ledger keeps beside the movement of a document. */
interface DocumentExt {
  readonly reason: string | null;
  readonly answer: StockView;
}

/** A document of the merchant as it was booked on this SKU, or undefined. The SKU's rows must be locked. */
export async function findDocument(
  trx: Queryable,
  ref: string,
  skuId: string,
): Promise<(DocumentExt & { kind: MovementKind; delta: number }) | undefined> {
  const [row] = await rows<{ kind: MovementKind; d_on_hand: number; ext: unknown }>(
    trx,
    "SELECT kind, d_on_hand, ext FROM pms_stock_record WHERE ref = ? AND warehouse_id = ? AND sku_id = ?",
    [ref, WAREHOUSE, skuId],
  );
  return row && { kind: row.kind, delta: row.d_on_hand, ...jsonOf<DocumentExt>(row.ext) };
}

/** Quantities and threshold of one SKU, or undefined when it is unknown. */
export async function readLevel(
  db: Queryable,
  skuId: string,
): Promise<{ skuId: string; onHand: number; locked: number; threshold: number } | undefined> {
  const [row] = await rows<{ sku_id: string; on_hand: number; locked: number; threshold: number | null }>(
    db,
    `SELECT s.sku_id, s.on_hand, s.locked, k.threshold FROM pms_stock s LEFT JOIN pms_stock_sku k ON k.sku_id = s.sku_id
     WHERE s.warehouse_id = ? AND s.sku_id = ?`,
    [WAREHOUSE, skuId],
  );
  return row && { skuId: row.sku_id, onHand: row.on_hand, locked: row.locked, threshold: row.threshold ?? 0 };
}

export interface LedgerRow {
  readonly recordId: string;
  readonly ref: string;
  readonly kind: MovementKind;
  readonly onHandDelta: number;
  readonly lockedDelta: number;
  readonly reason: string | null;
  readonly at: Date;
}

/** Movements of one SKU, newest first, those below the record `before` when given. */
export async function readLedger(
  db: Queryable,
  skuId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<LedgerRow[]> {
  const found = await rows<{
    id: string;
    ref: Buffer;
    kind: MovementKind;
    d_on_hand: number;
    d_locked: number;
    at: Date;
    ext: unknown;
  }>(
    db,
    `SELECT id, ref, kind, d_on_hand, d_locked, at, ext FROM pms_stock_record
     WHERE warehouse_id = ? AND sku_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
    [WAREHOUSE, skuId, before ?? "18446744073709551615", limit],
  );
  return found.map((row) => ({
    recordId: row.id,
    ref: row.ref.toString(),
    kind: row.kind,
    onHandDelta: row.d_on_hand,
    lockedDelta: row.d_locked,
    reason: jsonOf<DocumentExt | null>(row.ext)?.reason ?? null,
    at: row.at,
  }));
}
