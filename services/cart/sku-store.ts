/** SQL on the replica of SKUs. */
import { execute, placeholders, rows, type Transaction, type Queryable } from "#platform/database/database.ts";
import { keyPages } from "#platform/database/key-pages.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import { SkuReplica, type SkuRow } from "./sku-replica.ts";

interface Row {
  readonly sku_id: string;
  readonly product_id: string | null;
  readonly name: string;
  readonly attributes: string | Record<string, string>;
  readonly price_cents: string;
  readonly currency: string | null;
  readonly on_sale: number;
  readonly sku_seq: number;
  readonly sku_event_id: Buffer | null;
}

const COLUMNS = "sku_id, product_id, name, attributes, price_cents, currency, on_sale, sku_seq, sku_event_id";

/** Locks the rows in key order. */
export async function loadSkus(trx: Transaction, skuIds: readonly string[]): Promise<SkuReplica> {
  const found: Row[] = [];
  for (const page of keyPages(skuIds)) {
    const sql = `SELECT ${COLUMNS} FROM cart_sku FORCE INDEX (PRIMARY)
      WHERE sku_id IN ${placeholders(1, page.length)} ORDER BY sku_id FOR UPDATE`;
    found.push(...(await rows<Row>(trx, sql, page)));
  }
  return new SkuReplica(found.map(skuRow));
}

/** The SKUs among the given ids that the catalogue has, by id. */
export async function readSkus(db: Queryable, skuIds: readonly string[]): Promise<Map<string, SkuRow>> {
  const sql = `SELECT ${COLUMNS} FROM cart_sku WHERE currency IS NOT NULL AND sku_id IN ${placeholders(1, skuIds.length)}`;
  return new Map((await rows<Row>(db, sql, skuIds)).map((row) => [row.sku_id, skuRow(row)]));
}

function skuRow(row: Row): SkuRow {
  const { sku_seq: seq, sku_event_id: eventId } = row;
  return {
    skuId: row.sku_id,
    productId: row.product_id,
    name: row.name,
    attributes: attributesOf(row.attributes),
    priceCents: Number(row.price_cents),
    currency: row.currency,
    onSale: row.on_sale === 1,
    seen: eventId === null ? undefined : { seq, eventId: uuidText(eventId) },
  };
}

/** MariaDB gives a JSON column as text, MySQL as a value. */
export function attributesOf(column: string | Record<string, string>): Record<string, string> {
  return typeof column === "string" ? (JSON.parse(column) as Record<string, string>) : column;
}

export async function saveSkus(trx: Transaction, skus: readonly SkuRow[]): Promise<void> {
  if (skus.length === 0) return;
  await execute(
    trx,
    `INSERT INTO cart_sku (${COLUMNS}) VALUES ${placeholders(skus.length, 9)}
     ON DUPLICATE KEY UPDATE product_id = VALUES(product_id), name = VALUES(name), attributes = VALUES(attributes),
       price_cents = VALUES(price_cents), currency = VALUES(currency), on_sale = VALUES(on_sale),
       sku_seq = VALUES(sku_seq), sku_event_id = VALUES(sku_event_id)`,
    skus.flatMap(({ skuId, productId, name, attributes, priceCents, currency, onSale, seen }) => [
      skuId,
      productId,
      name,
      JSON.stringify(attributes),
      priceCents,
      currency,
      onSale,
      seen?.seq ?? 0,
      seen ? uuidBytes(seen.eventId) : null,
    ]),
  );
}
