/** What anyone may see of the catalogue. */
import { z } from "zod";
import { answerTagged } from "#platform/http/entity-tag.ts";
import { idText, money, pageFields, trimmedText, wholeNumber } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { productSorts } from "./product-page.ts";
import type { ShopWindow } from "./shop-window.ts";

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

// Kept by whoever likes, but asked about each time: a 304 costs next to nothing, and an old price is worth nothing.
const CACHE_CONTROL = "public, no-cache";
const shown = { method: "GET", access: "anyone", tag: "products" } as const;

export function productRoutes({ window }: { readonly window: ShopWindow }): readonly Route[] {
  return [
    route({
      ...shown,
      path: "/categories",
      summary: "The categories as a tree",
      answers: { 200: categories, 304: null },
      handle: async (request) =>
        answerTagged(await window.categories(), request.header("if-none-match"), CACHE_CONTROL),
    }),
    route({
      ...shown,
      path: "/brands",
      summary: "The brands",
      query: brandQuery,
      answers: { 200: brands, 304: null },
      refusals: ["CURSOR_INVALID"],
      handle: async (request) =>
        answerTagged(await window.brands(request.query), request.header("if-none-match"), CACHE_CONTROL),
    }),
    route({
      ...shown,
      path: "/products",
      summary: "Products on sale; prices in minor units",
      query: productQuery,
      answers: { 200: products, 304: null },
      refusals: ["CURSOR_INVALID"],
      handle: async (request) =>
        answerTagged(await window.products(request.query), request.header("if-none-match"), CACHE_CONTROL),
    }),
    route({
      ...shown,
      path: "/products/{productId}",
      summary: "A product on sale with its SKUs and what is free of each",
      params: z.strictObject({ productId: idText }),
      answers: { 200: product, 304: null },
      refusals: ["NOT_FOUND"],
      async handle(request) {
        const found = await window.product(request.params.productId);
        if (!found) return { refused: "NOT_FOUND", status: 404 };
        return answerTagged(found, request.header("if-none-match"), CACHE_CONTROL);
      },
    }),
  ];
}
