/** All SQL that writes categories, brands, SPUs and products. */
import { execute, placeholders, rows, type Transaction } from "#platform/database/database.ts";
import type { Category } from "./category.ts";
import type { DemoCatalogue, DemoProduct } from "./demo-catalogue.ts";

/** Adds what is not there yet; what is there already stays as it is. */
export async function addCategories(trx: Transaction, categories: readonly Category[]): Promise<void> {
  await execute(
    trx,
    `INSERT IGNORE INTO pms_category (category_id, parent_id, name, level, sort)
     VALUES ${placeholders(categories.length, 5)}`,
    categories.flatMap(({ categoryId, parentId, name, level, sort }) => [categoryId, parentId, name, level, sort]),
  );
}

/** Adds what is not there yet; what is there already stays as it is. */
export async function addBrands(trx: Transaction, brands: DemoCatalogue["brands"]): Promise<void> {
  await execute(
    trx,
    `INSERT IGNORE INTO pms_brand (brand_id, name, sort) VALUES ${placeholders(brands.length, 3)}`,
    brands.flatMap(({ brandId, name, sort }) => [brandId, name, sort]),
  );
}

/** Which products there are already. */
export async function knownProducts(trx: Transaction, productIds: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ product_id: string }>(
    trx,
    `SELECT product_id FROM pms_product WHERE product_id IN ${placeholders(1, productIds.length)}`,
    productIds,
  );
  return new Set(found.map(({ product_id }) => product_id));
}

/** Inserts products on sale, each with its SPU; the price shown in lists is the lowest of its SKUs. */
export async function insertProducts(trx: Transaction, products: readonly DemoProduct[], now: Date): Promise<void> {
  await execute(
    trx,
    `INSERT INTO pms_spu (spu_id, name, category_id, brand_id, description) VALUES ${placeholders(products.length, 5)}`,
    products.flatMap(({ spuId, name, categoryId, brandId, description }) => [
      spuId,
      name,
      categoryId,
      brandId,
      description,
    ]),
  );
  await execute(
    trx,
    `INSERT INTO pms_product (product_id, spu_id, name, category_id, brand_id, price_cents, currency, on_sale, created_at)
     VALUES ${placeholders(products.length, 9)}`,
    products.flatMap(({ productId, spuId, name, categoryId, brandId, skus }) => [
      productId,
      spuId,
      name,
      categoryId,
      brandId,
      Math.min(...skus.map(({ priceCents }) => priceCents)),
      skus[0]?.currency,
      true,
      now,
    ]),
  );
}
