import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { idOfCursor, pageOf } from "./id-page.ts";
import { type BrandView, readBrands } from "./product-store.ts";

export interface BrandQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** One page of the brands, by id. Throws 400 CURSOR_INVALID. */
export async function listBrands(
  { db }: Pick<Backbone, "db">,
  { cursor, limit }: BrandQuery,
): Promise<{ items: BrandView[]; nextCursor: string | null }> {
  const found = await readBrands(db, { after: idOfCursor(cursor), limit: limit + 1 });
  return pageOf(found, limit, ({ brandId }) => brandId);
}
