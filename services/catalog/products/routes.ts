/** What anyone may see of the catalogue. */
import { z } from "zod";
import { decodeCursor, encodeCursor } from "#platform/http/cursor.ts";
import { idText, money, pageFields, trimmedText, wholeNumber } from "#platform/http/fields.ts";
import { clientError } from "#platform/http/problem.ts";
import { type Route, route } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { treeOf } from "./category.ts";
import { listProducts } from "./list-products.ts";
import { productSorts } from "./product-page.ts";
import { readBrands, readCategories, readProduct } from "./product-store.ts";

const MAX_PRICE_CENTS = 100_000_000_000;
const nextCursor = z.string().nullable();
const category = z.strictObject({
  categoryId: idText,
  name: z.string(),
  parentId: idText.nullable(),
  level: z.int(),
  sort: z.int(),
  get children() {
    return z.array(category);
  },
});
const categories = z.strictObject({ items: z.array(category), nextCursor });
const brands = z.strictObject({ items: z.array(z.strictObject({ brandId: idText, name: z.string() })), nextCursor });
const brandQuery = z.strictObject({ ...pageFields, limit: wholeNumber(1, 100).default(100) });
const productQuery = z.strictObject({
  ...pageFields,
  // A name, as long as one may be, is part of the cursor.
  cursor: z.string().min(1).max(1_200).optional(),
  category: idText.optional(),
  brand: idText.optional(),
  q: trimmedText(100).optional(),
  minPrice: wholeNumber(0, MAX_PRICE_CENTS).optional(),
  maxPrice: wholeNumber(0, MAX_PRICE_CENTS).optional(),
  sort: z.enum(productSorts).default("newest"),
});
const productFields = {
  productId: idText,
  name: z.string(),
  categoryId: idText,
  brandId: idText,
  priceCents: money,
  currency: z.string(),
};
const products = z.strictObject({ items: z.array(z.strictObject(productFields)), nextCursor });
const sku = z.strictObject({
  skuId: idText,
  skuCode: z.string(),
  attributes: z.record(z.string(), z.string()),
  priceCents: money,
  priceVersion: z.int().min(1),
  available: z.int().min(0),
});
const product = z.strictObject({ ...productFields, description: z.string(), skus: z.array(sku) });

export function productRoutes(deps: Pick<Backbone, "db">): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/categories",
      access: "anyone",
      tag: "products",
      summary: "The categories as a tree",
      answers: { 200: categories },
      handle: async () => ({ status: 200, body: { items: treeOf(await readCategories(deps.db)), nextCursor: null } }),
    }),
    route({
      method: "GET",
      path: "/brands",
      access: "anyone",
      tag: "products",
      summary: "The brands",
      query: brandQuery,
      answers: { 200: brands },
      refusals: ["CURSOR_INVALID"],
      handle: async ({ query }) => ({ status: 200, body: await listBrands(deps, query) }),
    }),
    route({
      method: "GET",
      path: "/products",
      access: "anyone",
      tag: "products",
      summary: "Products on sale; prices in minor units",
      query: productQuery,
      answers: { 200: products },
      refusals: ["CURSOR_INVALID"],
      handle: async ({ query }) => ({ status: 200, body: await listProducts(deps, query) }),
    }),
    route({
      method: "GET",
      path: "/products/{productId}",
      access: "anyone",
      tag: "products",
      summary: "A product on sale with its SKUs and what is free of each",
      params: z.strictObject({ productId: idText }),
      answers: { 200: product },
      refusals: ["NOT_FOUND"],
      async handle({ params }) {
        const found = await readProduct(deps.db, params.productId);
        return found ? { status: 200, body: found } : { refused: "NOT_FOUND", status: 404 };
      },
    }),
  ];
}

async function listBrands({ db }: Pick<Backbone, "db">, { cursor, limit }: z.output<typeof brandQuery>) {
  const [after] = cursor === undefined ? [] : decodeCursor(cursor, 1);
  if (cursor !== undefined && !idText.safeParse(after).success) {
    throw clientError("CURSOR_INVALID", "The cursor is not one that was given out");
  }
  const found = await readBrands(db, { after: after as string | undefined, limit: limit + 1 });
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? encodeCursor([items.at(-1)?.brandId ?? null]) : null };
}
