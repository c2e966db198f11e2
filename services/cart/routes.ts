import { z } from "zod";
import { idText, money, quantity } from "#platform/http/fields.ts";
import { type Refusal, type Route, route } from "#platform/http/route.ts";
import { viewOfCart, viewOfLine } from "./cart.ts";
import { deleteLine, deleteLines, readLines } from "./cart-store.ts";
import { addItem, type CartDeps, setItem } from "./change-line.ts";

const tag = "cart";
const lineView = z.strictObject({
  skuId: idText,
  productId: idText.nullable(),
  name: z.string(),
  attributes: z.record(z.string(), z.string()),
  quantity,
  selected: z.boolean(),
  priceCents: money,
  subtotalCents: money,
  onSale: z.boolean(),
  priceChanged: z.boolean(),
  lineVersion: z.int().min(1),
});
const cartView = z.strictObject({ items: z.array(lineView), totalCents: money, currency: z.string().nullable() });
const lineParams = z.strictObject({ skuId: idText });
const newItem = z.strictObject({ skuId: idText, quantity, selected: z.boolean().default(true) });
const itemChange = z.strictObject({ quantity, selected: z.boolean().optional() });
const NOT_FOUND: Refusal = { refused: "NOT_FOUND", status: 404 };

export function cartRoutes(deps: CartDeps): readonly Route[] {
  return [...wholeCartRoutes(deps), ...lineRoutes(deps)];
}

function wholeCartRoutes(deps: CartDeps): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/cart",
      access: "shopper",
      summary: "The shopper's own cart, at the prices of now",
      tag,
      answers: { 200: cartView },
      async handle({ caller }) {
        return { status: 200, body: viewOfCart(await readLines(deps.db, String(caller.userId))) };
      },
    }),
    route({
      method: "DELETE",
      path: "/cart",
      access: "shopper",
      summary: "Empty the cart",
      tag,
      answers: { 204: null },
      async handle({ caller }) {
        await deleteLines(deps.db, String(caller.userId));
        return { status: 204 };
      },
    }),
  ];
}

function lineRoutes(deps: CartDeps): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/cart/items",
      access: "shopper",
      summary: "Add to the quantity of a SKU",
      tag,
      body: newItem,
      answers: { 201: lineView },
      refusals: ["SKU_OFF_SALE", "SKU_NOT_KNOWN_YET"],
      async handle({ caller, body }) {
        const line = await addItem(deps, { userId: String(caller.userId), ...body });
        return "refused" in line ? line : { status: 201, body: viewOfLine(line) };
      },
    }),
    route({
      method: "PUT",
      path: "/cart/items/{skuId}",
      access: "shopper",
      summary: "Set the quantity of a line",
      tag,
      params: lineParams,
      body: itemChange,
      answers: { 200: lineView },
      refusals: ["NOT_FOUND"],
      async handle({ caller, params, body }) {
        const { quantity: units, selected } = body;
        const change = { userId: String(caller.userId), skuId: params.skuId, quantity: units, selected };
        const line = await setItem(deps, change);
        return line === undefined ? NOT_FOUND : { status: 200, body: viewOfLine(line) };
      },
    }),
    route({
      method: "DELETE",
      path: "/cart/items/{skuId}",
      access: "shopper",
      summary: "Take a line out",
      tag,
      params: lineParams,
      answers: { 204: null },
      refusals: ["NOT_FOUND"],
      async handle({ caller, params }) {
        return (await deleteLine(deps.db, String(caller.userId), params.skuId)) ? { status: 204 } : NOT_FOUND;
      },
    }),
  ];
}
