/**
 * All SQL on products as the merchant changes them. The product's row is the lock of its SKUs, too. Everybody who locks
 * several keeps this order: products by id, their SKUs, stock by SKU, at last the catalogue's one row.
 */
import { execute, placeholders, type Queryable, rows, type Transaction } from "#platform/database/database.ts";
import { inPages, keyPages } from "#platform/database/key-pages.ts";
import { jsonOf } from "../../json-column.ts";
import type { Sku } from "../sku.ts";
import { type Product, Shelf } from "./shelf.ts";

interface ProductRow {
  product_id: string;
  spu_id: string;
  product_code: string | null;
  name: string;
  category_id: string;
  brand_id: string;
  description: string;
  currency: string;
  on_sale: number;
  price_cents: string;
  version: number;
}

interface SkuRow {
  sku_id: string;
  product_id: string;
  sku_code: string;
  attributes: unknown;
  price_cents: string;
  currency: string;
  price_version: number;
  on_sale: number;
  seq: number;
}

const PRODUCT_COLUMNS = `p.product_id, p.spu_id, p.product_code, p.name, p.category_id, p.brand_id, u.description,
  p.currency, p.on_sale, p.price_cents, p.version`;
const SKU_COLUMNS = "sku_id, product_id, sku_code, attributes, price_cents, currency, price_version, on_sale, seq";

/** Loads and locks products with their SKUs; unknown ids are left out. */
export async function lockShelves(trx: Transaction, productIds: Iterable<string>): Promise<Map<string, Shelf>> {
  const shelves = new Map<string, Shelf>();
  for (const page of keyPages(productIds)) {
    const products = await rows<ProductRow>(
      trx,
      `SELECT ${PRODUCT_COLUMNS} FROM pms_product p FORCE INDEX (PRIMARY) JOIN pms_spu u ON u.spu_id = p.spu_id
       WHERE p.product_id IN ${placeholders(1, page.length)} ORDER BY p.product_id FOR UPDATE`,
      page,
    );
    const skus = await rows<SkuRow>(
      trx,
      `SELECT ${SKU_COLUMNS} FROM pms_sku FORCE INDEX (of_product)
       WHERE product_id IN ${placeholders(1, page.length)} AND deleted_at IS NULL ORDER BY product_id, sku_id FOR UPDATE`,
      page,
    );
    const byProduct = Map.groupBy(skus, ({ product_id }) => product_id);
    for (const row of products) {
      shelves.set(row.product_id, new Shelf(productOf(row), (byProduct.get(row.product_id) ?? []).map(skuOf)));
    }
  }
  return shelves;
}

export async function readKeptProduct(on: Queryable, productId: string): Promise<Product | undefined> {
  const [row] = await rows<ProductRow>(
    on,
    `SELECT ${PRODUCT_COLUMNS} FROM pms_product p JOIN pms_spu u ON u.spu_id = p.spu_id WHERE p.product_id = ?`,
    [productId],
  );
  return row && productOf(row);
}

/** Products, newest first, those below the id `before` when given. */
export async function readKeptProducts(
  on: Queryable,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<Product[]> {
  const found = await rows<ProductRow>(
    on,
    `SELECT ${PRODUCT_COLUMNS} FROM pms_product p JOIN pms_spu u ON u.spu_id = p.spu_id
     WHERE p.product_id < ? ORDER BY p.product_id DESC LIMIT ?`,
    [before ?? "18446744073709551615", limit],
  );
  return found.map(productOf);
}

export async function readSku(on: Queryable, skuId: string): Promise<Sku | undefined> {
  const [row] = await rows<SkuRow>(on, `SELECT ${SKU_COLUMNS} FROM pms_sku WHERE sku_id = ? AND deleted_at IS NULL`, [
    skuId,
  ]);
  return row && skuOf(row);
}

/** SKUs in the order of their ids, those above `after` when given; of one product, or of all. */
export async function readSkus(
  on: Queryable,
  { productId, after, limit }: { productId: string | undefined; after: string | undefined; limit: number },
): Promise<Sku[]> {
  const start = [after ?? "0", limit];
  const found =
    productId === undefined
      ? await rows<SkuRow>(
          on,
          `SELECT ${SKU_COLUMNS} FROM pms_sku WHERE deleted_at IS NULL AND sku_id > ? ORDER BY sku_id LIMIT ?`,
          start,
        )
      : await rows<SkuRow>(
          on,
          `SELECT ${SKU_COLUMNS} FROM pms_sku WHERE product_id = ? AND deleted_at IS NULL AND sku_id > ?
           ORDER BY sku_id LIMIT ?`,
          [productId, ...start],
        );
  return found.map(skuOf);
}

/** Ids of products by their code; unknown codes are absent. */
export async function productsByCode(on: Queryable, codes: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const page of inPages(codes)) {
    const known = await rows<{ product_code: string; product_id: string }>(
      on,
      `SELECT product_code, product_id FROM pms_product WHERE product_code IN ${placeholders(1, page.length)}`,
      page,
    );
    for (const { product_code, product_id } of known) found.set(product_code, product_id);
  }
  return found;
}

/** Ids of SKUs and of their products by code, deleted ones too: a code is never used twice. */
export async function skusByCode(
  on: Queryable,
  codes: readonly string[],
): Promise<Map<string, { skuId: string; productId: string }>> {
  const found = new Map<string, { skuId: string; productId: string }>();
  for (const page of inPages(codes)) {
    const known = await rows<{ sku_code: string; sku_id: string; product_id: string }>(
      on,
      `SELECT sku_code, sku_id, product_id FROM pms_sku WHERE sku_code IN ${placeholders(1, page.length)}`,
      page,
    );
    for (const row of known) found.set(row.sku_code, { skuId: row.sku_id, productId: row.product_id });
  }
  return found;
}

/**
 * Adds products with their SPUs. A code that is taken fails the statement; an upsert would overwrite the product that has it.
 */
export async function insertProducts(trx: Transaction, products: readonly Product[], now: Date): Promise<void> {
  for (const page of inPages(products)) {
    await execute(
      trx,
      `INSERT INTO pms_product (product_id, spu_id, product_code, name, category_id, brand_id, price_cents, currency,
         on_sale, version, created_at) VALUES ${placeholders(page.length, 11)}`,
      page.flatMap((product) => [...productValues(product), now]),
    );
    await execute(
      trx,
      `INSERT INTO pms_spu (spu_id, name, category_id, brand_id, description) VALUES ${placeholders(page.length, 5)}`,
      page.flatMap(spuValues),
    );
  }
}

/** Overwrites locked products and their SPUs. */
export async function updateProducts(trx: Transaction, products: readonly Product[], now: Date): Promise<void> {
  for (const page of inPages(products)) {
    await execute(
      trx,
      `INSERT INTO pms_product (product_id, spu_id, product_code, name, category_id, brand_id, price_cents, currency,
         on_sale, version, created_at) VALUES ${placeholders(page.length, 11)}
       ON DUPLICATE KEY UPDATE name = VALUES(name), category_id = VALUES(category_id), brand_id = VALUES(brand_id),
         price_cents = VALUES(price_cents), on_sale = VALUES(on_sale), version = VALUES(version)`,
      page.flatMap((product) => [...productValues(product), now]),
    );
    await execute(
      trx,
      `INSERT INTO pms_spu (spu_id, name, category_id, brand_id, description) VALUES ${placeholders(page.length, 5)}
       ON DUPLICATE KEY UPDATE name = VALUES(name), category_id = VALUES(category_id), brand_id = VALUES(brand_id),
         description = VALUES(description)`,
      page.flatMap(spuValues),
    );
  }
}

/** Adds SKUs. As with products, a code that is taken fails the statement. */
export async function insertSkus(trx: Transaction, skus: readonly Sku[]): Promise<void> {
  for (const page of inPages(skus)) {
    await execute(
      trx,
      `INSERT INTO pms_sku (sku_id, product_id, sku_code, attributes, price_cents, currency, price_version, on_sale, seq)
       VALUES ${placeholders(page.length, 9)}`,
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

/** Gives locked SKUs other codes; one that is taken fails the statement. */
export async function recodeSkus(trx: Transaction, skus: readonly Sku[]): Promise<void> {
  for (const { skuId, skuCode } of skus) {
    await execute(trx, "UPDATE pms_sku SET sku_code = ? WHERE sku_id = ?", [skuCode, skuId]);
  }
}

function productValues(product: Product): unknown[] {
  const { productId, spuId, productCode, name, categoryId, brandId, priceCents, currency, onSale, version } = product;
  return [productId, spuId, productCode, name, categoryId, brandId, priceCents, currency, onSale, version];
}

function spuValues({ spuId, name, categoryId, brandId, description }: Product): unknown[] {
  return [spuId, name, categoryId, brandId, description];
}

function productOf(row: ProductRow): Product {
  return {
    productId: row.product_id,
    spuId: row.spu_id,
    productCode: row.product_code,
    name: row.name,
    categoryId: row.category_id,
    brandId: row.brand_id,
    description: row.description,
    currency: row.currency,
    onSale: row.on_sale === 1,
    priceCents: Number(row.price_cents),
    version: row.version,
  };
}

function skuOf(row: SkuRow): Sku {
  return {
    skuId: row.sku_id,
    productId: row.product_id,
    skuCode: row.sku_code,
    attributes: jsonOf<Record<string, string>>(row.attributes),
    priceCents: Number(row.price_cents),
    currency: row.currency,
    priceVersion: row.price_version,
    onSale: row.on_sale === 1,
    seq: row.seq,
  };
}
