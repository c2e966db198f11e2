/** All SQL that writes categories, brands, SPUs and products. */
import { execute, placeholders, type Queryable, rows, type Transaction } from "#platform/database/database.ts";
import { inPages } from "#platform/database/key-pages.ts";
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

export interface Brand {
  readonly brandId: string;
  readonly name: string;
  /** Place among the brands. */
  readonly sort: number;
}

interface BrandRow {
  brand_id: string;
  name: string;
  sort: number;
}

/** Inserts or overwrites categories. */
export async function saveCategories(trx: Transaction, categories: readonly Category[]): Promise<void> {
  for (const page of inPages(categories)) {
    await execute(
      trx,
      `INSERT INTO pms_category (category_id, parent_id, name, level, sort) VALUES ${placeholders(page.length, 5)}
       ON DUPLICATE KEY UPDATE parent_id = VALUES(parent_id), name = VALUES(name), level = VALUES(level),
         sort = VALUES(sort)`,
      page.flatMap(({ categoryId, parentId, name, level, sort }) => [categoryId, parentId, name, level, sort]),
    );
  }
}

/** Inserts or overwrites a brand. */
export async function saveBrand(trx: Transaction, { brandId, name, sort }: Brand): Promise<void> {
  await execute(
    trx,
    `INSERT INTO pms_brand (brand_id, name, sort) VALUES (?, ?, ?)
     ON DUPLICATE KEY UPDATE name = VALUES(name), sort = VALUES(sort)`,
    [brandId, name, sort],
  );
}

export async function readBrand(on: Queryable, brandId: string): Promise<Brand | undefined> {
  const [row] = await rows<BrandRow>(on, "SELECT brand_id, name, sort FROM pms_brand WHERE brand_id = ?", [brandId]);
  return row && brandOf(row);
}

export async function brandNamed(on: Queryable, name: string): Promise<Brand | undefined> {
  const [row] = await rows<BrandRow>(on, "SELECT brand_id, name, sort FROM pms_brand WHERE name = ? LIMIT 1", [name]);
  return row && brandOf(row);
}

/** Brands by id, those above `after` when given. */
export async function readKeptBrands(
  on: Queryable,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Brand[]> {
  const found = await rows<BrandRow>(
    on,
    "SELECT brand_id, name, sort FROM pms_brand WHERE brand_id > ? ORDER BY brand_id LIMIT ?",
    [after ?? "0", limit],
  );
  return found.map(brandOf);
}

/** Categories by id, those above `after` when given. */
export async function readCategoryPage(
  on: Queryable,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Category[]> {
  const found = await rows<{
    category_id: string;
    parent_id: string | null;
    name: string;
    level: number;
    sort: number;
  }>(
    on,
    `SELECT category_id, parent_id, name, level, sort FROM pms_category WHERE category_id > ?
     ORDER BY category_id LIMIT ?`,
    [after ?? "0", limit],
  );
  return found.map(({ category_id, parent_id, ...rest }) => ({
    ...rest,
    categoryId: category_id,
    parentId: parent_id,
  }));
}

/** Which of the categories there are. */
export async function knownCategories(on: Queryable, categoryIds: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const page of inPages(categoryIds)) {
    const found = await rows<{ category_id: string }>(
      on,
      `SELECT category_id FROM pms_category WHERE category_id IN ${placeholders(1, page.length)}`,
      page,
    );
    for (const { category_id } of found) known.add(category_id);
  }
  return known;
}

/** Which of the brands there are. */
export async function knownBrands(on: Queryable, brandIds: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const page of inPages(brandIds)) {
    const found = await rows<{ brand_id: string }>(
      on,
      `SELECT brand_id FROM pms_brand WHERE brand_id IN ${placeholders(1, page.length)}`,
      page,
    );
    for (const { brand_id } of found) known.add(brand_id);
  }
  return known;
}

function brandOf({ brand_id, name, sort }: BrandRow): Brand {
  return { brandId: brand_id, name, sort };
}
