import { z } from "zod";
import { idText, money, pageQuery } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { idOfCursor, pageOf } from "../id-page.ts";
import { addProduct, changeProduct, setOnSale } from "./keep-products.ts";
import { answer, code, description, kept, name, nextCursor, productParams } from "./kept-fields.ts";
import { type CatalogueKeeping, NOT_FOUND } from "./keeping-deps.ts";
import type { Product } from "./shelf.ts";
import { readKeptProduct, readKeptProducts } from "./shelf-store.ts";

const fields = { name, categoryId: idText, brandId: idText, description: description.default("") };
const newProduct = z.strictObject({
  ...fields,
  productCode: code.nullable().default(null),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be an ISO 4217 code")
    .default("CNY"),
});
const changedProduct = z.strictObject({ ...fields, version: z.int().min(1).optional() });
const product = z.strictObject({
  productId: idText,
  spuId: idText,
  productCode: z.string().nullable(),
  name: z.string(),
  categoryId: idText,
  brandId: idText,
  description: z.string(),
  priceCents: money,
  currency: z.string(),
  onSale: z.boolean(),
  version: z.int().min(1),
});
const products = z.strictObject({ items: z.array(product), nextCursor });
const ofProduct = { ...kept, params: productParams, answers: { 200: product } } as const;
const asIs = (found: Product): Product => found;

export function keptProductRoutes(deps: CatalogueKeeping): readonly Route[] {
  return [...writing(deps), ...reading(deps), sale(deps, true), sale(deps, false)];
}

function writing(deps: CatalogueKeeping): Route[] {
  return [
    route({
      ...kept,
      method: "POST",
      path: "/admin/products",
      summary:
        "Add a product, off sale and without SKUs; the same code with the same content again is the same product",
      body: newProduct,
      answers: { 201: product },
      refusals: ["DOCUMENT_CONFLICT", "OUTBOX_FULL"],
      handle: async ({ body, cause }) => answer(201, await addProduct(deps, body, cause), asIs),
    }),
    route({
      ...ofProduct,
      method: "PUT",
      path: "/admin/products/{productId}",
      summary: "Change a product; refused when `version` is given and no longer current",
      body: changedProduct,
      refusals: ["NOT_FOUND", "DOCUMENT_CONFLICT", "OUTBOX_FULL"],
      handle: async ({ params, body, cause }) =>
        answer(200, await changeProduct(deps, { ...params, version: undefined, ...body }, cause), asIs),
    }),
  ];
}

function reading(deps: CatalogueKeeping): Route[] {
  return [
    route({
      ...kept,
      method: "GET",
      path: "/admin/products",
      summary: "The products, on sale or not, newest first",
      query: pageQuery,
      answers: { 200: products },
      refusals: ["CURSOR_INVALID"],
      async handle({ query: { cursor, limit } }) {
        const found = await readKeptProducts(deps.db, { before: idOfCursor(cursor), limit: limit + 1 });
        return { status: 200, body: pageOf(found, limit, ({ productId }) => productId) };
      },
    }),
    route({
      ...ofProduct,
      method: "GET",
      path: "/admin/products/{productId}",
      summary: "One product",
      refusals: ["NOT_FOUND"],
      handle: async ({ params }) => answer(200, (await readKeptProduct(deps.db, params.productId)) ?? NOT_FOUND, asIs),
    }),
  ];
}

function sale(deps: CatalogueKeeping, onSale: boolean): Route {
  return route({
    ...ofProduct,
    method: "POST",
    path: onSale ? "/admin/products/{productId}/publish" : "/admin/products/{productId}/withdraw",
    summary: onSale ? "Put a product and all of its SKUs on sale" : "Take a product and all of its SKUs off sale",
    refusals: ["NOT_FOUND", "OUTBOX_FULL"],
    handle: async ({ params, cause }) => answer(200, await setOnSale(deps, { ...params, onSale }, cause), asIs),
  });
}
