import { z } from "zod";
import { idText, money, pageFields } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { idOfCursor, pageOf } from "../id-page.ts";
import type { Sku } from "../sku.ts";
import { addSku, changeSku } from "./keep-skus.ts";
import { answer, attributes, code, kept, nextCursor, priceCents, threshold } from "./kept-fields.ts";
import { type CatalogueKeeping, NOT_FOUND } from "./keeping-deps.ts";
import { readSku, readSkus } from "./shelf-store.ts";

const params = z.strictObject({ skuId: idText });
const fields = { skuCode: code, attributes, priceCents };
const newSku = z.strictObject({ productId: idText, ...fields, threshold: threshold.default(0) });
const changedSku = z.strictObject({ ...fields, priceVersion: z.int().min(1), onSale: z.boolean().optional() });
const sku = z.strictObject({
  skuId: idText,
  productId: idText,
  skuCode: z.string(),
  attributes: z.record(z.string(), z.string()),
  priceCents: money,
  currency: z.string(),
  priceVersion: z.int().min(1),
  onSale: z.boolean(),
});
const skus = z.strictObject({ items: z.array(sku), nextCursor });
const query = z.strictObject({ ...pageFields, productId: idText.optional() });

export function skuRoutes(deps: CatalogueKeeping): readonly Route[] {
  return [...writing(deps), ...reading(deps)];
}

function writing(deps: CatalogueKeeping): Route[] {
  return [
    route({
      ...kept,
      method: "POST",
      path: "/admin/skus",
      summary: "Add a SKU without stock; the same code with the same content again is the same SKU",
      body: newSku,
      answers: { 201: sku },
      refusals: ["DOCUMENT_CONFLICT", "OUTBOX_FULL"],
      handle: async ({ body, cause }) => answer(201, await addSku(deps, body, cause), viewOf),
    }),
    route({
      ...kept,
      method: "PUT",
      path: "/admin/skus/{skuId}",
      summary: "Change a SKU; refused with the current price unless `priceVersion` is the current one",
      params,
      body: changedSku,
      answers: { 200: sku },
      refusals: ["NOT_FOUND", "DOCUMENT_CONFLICT", "PRICE_CHANGED", "OUTBOX_FULL"],
      handle: async (request) =>
        answer(
          200,
          await changeSku(deps, { ...request.params, onSale: undefined, ...request.body }, request.cause),
          viewOf,
        ),
    }),
  ];
}

function reading(deps: CatalogueKeeping): Route[] {
  return [
    route({
      ...kept,
      method: "GET",
      path: "/admin/skus",
      summary: "The SKUs by id, of one product or of all",
      query,
      answers: { 200: skus },
      refusals: ["CURSOR_INVALID"],
      async handle({ query: { cursor, limit, productId } }) {
        const found = await readSkus(deps.db, { productId, after: idOfCursor(cursor), limit: limit + 1 });
        const { items, nextCursor: next } = pageOf(found, limit, ({ skuId }) => skuId);
        return { status: 200, body: { items: items.map(viewOf), nextCursor: next } };
      },
    }),
    route({
      ...kept,
      method: "GET",
      path: "/admin/skus/{skuId}",
      summary: "One SKU",
      params,
      answers: { 200: sku },
      refusals: ["NOT_FOUND"],
      handle: async (request) => answer(200, (await readSku(deps.db, request.params.skuId)) ?? NOT_FOUND, viewOf),
    }),
  ];
}

function viewOf(found: Sku): z.input<typeof sku> {
  const { skuId, productId, skuCode, currency, priceVersion, onSale } = found;
  return {
    skuId,
    productId,
    skuCode,
    attributes: found.attributes,
    priceCents: found.priceCents,
    currency,
    priceVersion,
    onSale,
  };
}
