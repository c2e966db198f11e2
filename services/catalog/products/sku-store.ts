/** All SQL that writes SKUs. */
import { placeholders, type Transaction, executeLater } from "#platform/database/database.ts";
import type { Sku } from "./sku.ts";

const ROWS_PER_STATEMENT = 500;

/** Inserts or overwrites SKUs; rows that exist must be locked. */
export async function saveSkus(trx: Transaction, skus: readonly Sku[]): Promise<void> {
  for (let from = 0; from < skus.length; from += ROWS_PER_STATEMENT) {
    const page = skus.slice(from, from + ROWS_PER_STATEMENT);
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
