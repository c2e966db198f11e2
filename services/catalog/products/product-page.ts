/** Where a page of products begins: the order, and the last product of the page before. */
import { decodeCursor, encodeCursor } from "#platform/http/cursor.ts";
import { clientError } from "#platform/http/problem.ts";

export const productSorts = ["newest", "priceAsc", "priceDesc", "name"] as const;
export type ProductSort = (typeof productSorts)[number];

interface LastProduct {
  readonly productId: string;
  readonly name: string;
  readonly priceCents: number;
}

const ID = /^[1-9][0-9]{0,18}$/;

export function cursorAfter(sort: ProductSort, { productId, name, priceCents }: LastProduct): string {
  const value = sort === "newest" ? null : sort === "name" ? name : priceCents;
  return encodeCursor([sort, value, productId]);
}

/** Throws 400 CURSOR_INVALID unless the cursor was given out for this order. */
export function readCursor(
  cursor: string,
  sort: ProductSort,
): { readonly value: string | number | null; readonly productId: string } {
  const [of, value, productId] = decodeCursor(cursor, 3);
  const type = sort === "newest" ? "object" : sort === "name" ? "string" : "number";
  const isOurs = of === sort && typeof value === type && typeof productId === "string" && ID.test(productId);
  if (!isOurs || value === undefined) throw clientError("CURSOR_INVALID", "The cursor is not one that was given out");
  return { value, productId };
}
