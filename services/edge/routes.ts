import { z } from "zod";
import { idText, money } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import type { AskService } from "./ask-service.ts";
import { settleCart } from "./settle-cart.ts";

const settledLine = z.looseObject({
  skuId: idText,
  productId: idText,
  quantity: z.int(),
  priceCents: money,
  priceVersion: z.int().nullable(),
  subtotalCents: money,
  changed: z.boolean(),
  short: z.boolean().nullable(),
});
const settlement = z.strictObject({
  lines: z.array(settledLine).nullable(),
  totalCents: money.nullable(),
  currency: z.string().nullable(),
  address: z.looseObject({ addressId: idText }).nullable(),
  incomplete: z.array(z.enum(["cart", "catalog", "users"])),
});

/** What the edge puts together from several services. */
export function edgeRoutes({ ask }: { readonly ask: AskService }): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/cart/settle",
      access: "shopper",
      tag: "cart",
      summary: "The selected lines of the cart at current prices, with the default address",
      answers: { 200: settlement },
      async handle({ caller, cause }) {
        const origin = { caller, requestId: cause.causationId, traceparent: cause.traceparent };
        return { status: 200, body: await settleCart(ask, origin), headers: { "Cache-Control": "no-store" } };
      },
    }),
  ];
}
