/** All SQL that writes SKUs, and reads them as the owner of their topic. */
import { executeLater, placeholders, type Queryable, rows, type Transaction } from "#platform/database/database.ts";
import { inPages } from "#platform/database/key-pages.ts";
import type { EmittedKey } from "#platform/outbox/repair-compacted-topic.ts";
import type { Sku } from "./sku.ts";

/** Inserts or overwrites SKUs; rows that exist must be locked. */
export async function saveSkus(trx: Transaction, skus: readonly Sku[]): Promise<void> {
  for (const page of inPages(skus)) {
    executeLater(
      trx,
      `INSERT INTO pms_sku (sku_id, product_id, sku_code, attributes, price_cents, currency, price_version, on_sale, seq)
       VALUES ${placeholders(page.length, 9)}
       ON DUPLICATE KEY UPDATE sku_code = VALUES(sku_code), attributes = VALUES(attributes),
         price_cents = VALUES(price_cents), currency = VALUES(currency), price_version = VALUES(price_version),
         on_sale = VALUES(on_sale), seq = VALUES(seq)`,
      page.flatMap((sku) => [
        sku.skuId,
        sku.productId,
        sku.skuCode,
        JSON.stringify(sku.attributes),
        sku.priceCents,
        sku.currency,
        sku.priceVersion,
        sku.onSale,
        sku.seq,
      ]),
    );
  }
}

/** Every SKU there ever was with the sequence of its last event, by id, those above `after` when given. */
export async function readSkuSequences(
  on: Queryable,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<EmittedKey[]> {
  const found = await rows<{ sku_id: string; seq: number }>(
    on,
    "SELECT sku_id, seq FROM pms_sku WHERE sku_id > ? ORDER BY sku_id LIMIT ?",
    [after ?? "0", limit],
  );
  return found.map(({ sku_id, seq }) => ({ key: sku_id, seq }));
}

export async function productsOfSkus(on: Queryable, skuIds: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ product_id: string }>(
    on,
    `SELECT DISTINCT product_id FROM pms_sku WHERE sku_id IN ${placeholders(1, skuIds.length)}`,
    skuIds,
  );
  return new Set(found.map(({ product_id }) => product_id));
}
