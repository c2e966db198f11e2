import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { withDescendants } from "./category.ts";
import { type ProductSort, cursorAfter, readCursor } from "./product-page.ts";
import { type ProductRow, readCategories, readProducts } from "./product-store.ts";

export interface ProductQuery {
  readonly category?: string | undefined;
  readonly brand?: string | undefined;
  readonly q?: string | undefined;
  readonly minPrice?: number | undefined;
  readonly maxPrice?: number | undefined;
  readonly sort: ProductSort;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** One page of the products on sale; a category stands for all below it, too. Throws 400 CURSOR_INVALID. */
export async function listProducts(
  { db }: Pick<Backbone, "db">,
  query: ProductQuery,
): Promise<{ items: ProductRow[]; nextCursor: string | null }> {
  const { category, brand, q, minPrice, maxPrice, sort, cursor, limit } = query;
  const after = cursor === undefined ? undefined : readCursor(cursor, sort);
  const categoryIds = category === undefined ? undefined : withDescendants(await readCategories(db), category);
  if (categoryIds?.length === 0) return { items: [], nextCursor: null };
  const found = await readProducts(db, {
    categoryIds,
    brandId: brand,
    text: q,
    minPriceCents: minPrice,
    maxPriceCents: maxPrice,
    sort,
    after,
    // One more than asked for tells whether there is another page.
    limit: limit + 1,
  });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last ? cursorAfter(sort, last) : null };
}
