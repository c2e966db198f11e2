/** All SQL that reads the catalogue: whole small tables, list pages along an index, one product with its SKUs. */
import type { Knex } from "knex";
import { placeholders, type Queryable, rows } from "#platform/database/database.ts";
import { inPages } from "#platform/database/key-pages.ts";
import { jsonOf } from "../json-column.ts";
import type { Category } from "./category.ts";
import type { ProductSort } from "./product-page.ts";

export async function readCategories(db: Queryable): Promise<Category[]> {
  const found = await rows<{
    category_id: string;
    parent_id: string | null;
    name: string;
    level: number;
    sort: number;
  }>(db, "SELECT category_id, parent_id, name, level, sort FROM pms_category");
  return found.map((row) => ({
    categoryId: row.category_id,
    parentId: row.parent_id,
    name: row.name,
    level: row.level,
    sort: row.sort,
  }));
}

export interface BrandView {
  readonly brandId: string;
  readonly name: string;
}

/** Brands by id, those above `after` when given. */
export async function readBrands(
  db: Knex,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<BrandView[]> {
  const found = await rows<{ brand_id: string; name: string }>(
    db,
    "SELECT brand_id, name FROM pms_brand WHERE brand_id > ? ORDER BY brand_id LIMIT ?",
    [after ?? "0", limit],
  );
  return found.map((row) => ({ brandId: row.brand_id, name: row.name }));
}

export interface ProductRow {
  readonly productId: string;
  readonly name: string;
  readonly categoryId: string;
  readonly brandId: string;
  /** The lowest price among its SKUs. */
  readonly priceCents: number;
  readonly currency: string;
}

export interface ProductFilter {
  readonly categoryIds?: readonly string[] | undefined;
  readonly brandId?: string | undefined;
  /** Text within the name, without regard to case. */
  readonly text?: string | undefined;
  readonly minPriceCents?: number | undefined;
  readonly maxPriceCents?: number | undefined;
  readonly sort: ProductSort;
  /** Sort value (none for newest) and id of the last product of the page before. */
  readonly after?: { readonly value: string | number | null; readonly productId: string } | undefined;
  readonly limit: number;
}

// Ids grow with time, so the newest product is the one with the highest id.
const ORDER = {
  newest: { column: undefined, direction: "desc" },
  priceAsc: { column: "price_cents", direction: "asc" },
  priceDesc: { column: "price_cents", direction: "desc" },
  name: { column: "name", direction: "asc" },
} as const satisfies Record<ProductSort, { column: string | undefined; direction: "asc" | "desc" }>;

const COLUMNS = ["product_id", "name", "category_id", "brand_id", "price_cents", "currency"];

/** One page of products on sale. */
export async function readProducts(db: Knex, filter: ProductFilter): Promise<ProductRow[]> {
  const { column, direction } = ORDER[filter.sort];
  const query = db("pms_product").select(COLUMNS).where("on_sale", true);
  if (filter.categoryIds) void query.whereIn("category_id", filter.categoryIds);
  if (filter.brandId !== undefined) void query.where("brand_id", filter.brandId);
  if (filter.minPriceCents !== undefined) void query.where("price_cents", ">=", filter.minPriceCents);
  if (filter.maxPriceCents !== undefined) void query.where("price_cents", "<=", filter.maxPriceCents);
  if (filter.text !== undefined) void query.whereRaw("name LIKE ? ESCAPE '!'", [containing(filter.text)]);
  if (filter.after) void query.where((where) => startBehind(where, filter));
  if (column) void query.orderBy(column, direction);
  void query.orderBy("product_id", direction).limit(filter.limit);
  const found = (await query) as {
    product_id: string;
    name: string;
    category_id: string;
    brand_id: string;
    price_cents: string;
    currency: string;
  }[];
  return found.map((row) => ({
    productId: row.product_id,
    name: row.name,
    categoryId: row.category_id,
    brandId: row.brand_id,
    priceCents: Number(row.price_cents),
    currency: row.currency,
  }));
}

function containing(text: string): string {
  return `%${text.replaceAll(/[!%_]/g, "!$&")}%`;
}

function startBehind(where: Knex.QueryBuilder, { sort, after }: ProductFilter): void {
  const { column, direction } = ORDER[sort];
  const beyond = direction === "asc" ? ">" : "<";
  const productId = after?.productId ?? "0";
  if (!column) return void where.where("product_id", beyond, productId);
  const value = after?.value ?? null;
  void where
    .where(column, beyond, value)
    .orWhere((same) => void same.where(column, value).andWhere("product_id", beyond, productId));
}

export interface ShownSku {
  readonly skuId: string;
  readonly skuCode: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly priceCents: number;
  readonly priceVersion: number;
}

export type ShownProduct = ProductRow & { readonly description: string; readonly skus: readonly ShownSku[] };

interface ShownRow {
  product_id: string;
  version: number;
  on_sale: number;
  name: string;
  description: string;
  category_id: string;
  brand_id: string;
  lowest_cents: string;
  currency: string;
  sku_id: string | null;
  sku_code: string;
  attributes: unknown;
  price_cents: string;
  price_version: number;
}

/**
 * A product with its SKUs on sale, and the version of all that, in one statement and so of one moment. Null when it is not
 * on sale; of version 0 when there is no such product.
 */
export async function readShownProduct(
  db: Queryable,
  productId: string,
): Promise<{ version: number; value: ShownProduct | null }> {
  const found = await rows<ShownRow>(
    db,
    `SELECT p.product_id, p.version, p.on_sale, p.name, u.description, p.category_id, p.brand_id,
       p.price_cents AS lowest_cents, p.currency, k.sku_id, k.sku_code, k.attributes, k.price_cents, k.price_version
     FROM pms_product p
     JOIN pms_spu u ON u.spu_id = p.spu_id
     LEFT JOIN pms_sku k ON k.product_id = p.product_id AND k.on_sale AND k.deleted_at IS NULL
     WHERE p.product_id = ? ORDER BY k.sku_id`,
    [productId],
  );
  const [first] = found;
  if (!first) return { version: 0, value: null };
  if (first.on_sale !== 1) return { version: first.version, value: null };
  return {
    version: first.version,
    value: {
      productId: first.product_id,
      name: first.name,
      description: first.description,
      categoryId: first.category_id,
      brandId: first.brand_id,
      priceCents: Number(first.lowest_cents),
      currency: first.currency,
      skus: found.flatMap(shownSkuOf),
    },
  };
}

function shownSkuOf({ sku_id, sku_code, attributes, price_cents, price_version }: ShownRow): ShownSku[] {
  if (sku_id === null) return [];
  return [
    {
      skuId: sku_id,
      skuCode: sku_code,
      attributes: jsonOf<Record<string, string>>(attributes),
      priceCents: Number(price_cents),
      priceVersion: price_version,
    },
  ];
}

/** Units free to order, and the version of the stock they were read at; only the lock of an order decides. */
export async function readAvailability(
  db: Queryable,
  skuIds: readonly string[],
): Promise<Map<string, { version: number; value: number }>> {
  const found = new Map(skuIds.map((skuId) => [skuId, { version: 0, value: 0 }]));
  for (const page of inPages(skuIds)) {
    const levels = await rows<{ sku_id: string; available: string; version: number }>(
      db,
      `SELECT sku_id, on_hand - locked AS available, version FROM pms_stock
       WHERE warehouse_id = 1 AND sku_id IN ${placeholders(1, page.length)}`,
      page,
    );
    for (const { sku_id, available, version } of levels) found.set(sku_id, { version, value: Number(available) });
  }
  return found;
}
