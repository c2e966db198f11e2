import { z } from "zod";
import { idText, money } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import type { AskService } from "./ask-service.ts";
import { type ApiDocument, type DocumentPage, documentPage } from "./document-page.ts";
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

export interface EdgeRoutesDeps {
  readonly ask: AskService;
  /** The API document, as JSON. */
  readonly apiDocument: string;
}

/** What the edge puts together from several services, and what it says of itself. */
export function edgeRoutes(deps: EdgeRoutesDeps): readonly Route[] {
  return [settling(deps), ...documenting(deps)];
}

function settling({ ask }: EdgeRoutesDeps): Route {
  return route({
    method: "POST",
    path: "/cart/settle",
    access: "shopper",
    tag: "cart",
    summary: "The selected lines of the cart at current prices, with the default address",
    answers: { 200: settlement },
    async handle({ caller, cause }) {
      const origin = { caller, requestId: cause.causationId, traceparent: cause.traceparent };
      return { status: 200, body: await settleCart(ask, origin) };
    },
  });
}

const KEPT = { "Cache-Control": "public, max-age=300" };

function documenting({ apiDocument }: EdgeRoutesDeps): Route[] {
  let page: DocumentPage | undefined;
  return [
    route({
      method: "GET",
      path: "/openapi.json",
      access: "anyone",
      tag: "document",
      summary: "This document, as OpenAPI 3.1",
      answers: { 200: z.looseObject({ openapi: z.string() }) },
      async handle() {
        return { status: 200, body: apiDocument, headers: { ...KEPT, "Content-Type": "application/json" } };
      },
    }),
    route({
      method: "GET",
      path: "/docs",
      access: "anyone",
      tag: "document",
      summary: "This document, to be read by people",
      answerType: "text/html",
      answers: { 200: z.string() },
      async handle() {
        page ??= documentPage(JSON.parse(apiDocument) as ApiDocument);
        const headers = { ...KEPT, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": page.policy };
        return { status: 200, body: page.html, headers };
      },
    }),
  ];
}
