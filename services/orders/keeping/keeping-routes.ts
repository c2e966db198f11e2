/** The merchant's side of orders: find, look at, note, ship. */
import { z } from "zod";
import { encodeCursor } from "#platform/http/cursor.ts";
import { idText, pageFields, trimmedText } from "#platform/http/fields.ts";
import { type Route, route } from "#platform/http/route.ts";
import { type ChangeDeps, NO_SUCH_ORDER } from "../change-order.ts";
import { listOrders, searchOrders } from "../list-orders.ts";
import { filterFields, filterOf, startOf } from "../list-query.ts";
import { shipOrder } from "../ship-order.ts";
import type { ShowDeps } from "../show-orders.ts";
import { keptOrderSchema } from "./kept-order-json.ts";
import { writeMerchantRemark } from "./remark-store.ts";
import { showKeptOrder, showKeptOrders } from "./show-kept-orders.ts";

export interface KeepingDeps extends ChangeDeps, Pick<ShowDeps, "vault" | "parts"> {}

const shipmentBody = z.strictObject({ carrier: trimmedText(64), trackingNumber: trimmedText(64) });
const remarkBody = z.strictObject({ remark: trimmedText(500, 0) });
const orderParams = z.strictObject({ orderId: idText });
const listQuery = z.strictObject({ ...pageFields, ...filterFields, q: trimmedText(100).optional() });
const listAnswer = z.strictObject({ items: z.array(keptOrderSchema), nextCursor: z.string().nullable() });

const kept = { access: "merchant", tag: "order keeping" } as const;
const ofOrder = { ...kept, params: orderParams, answers: { 200: keptOrderSchema } } as const;

export function keepingRoutes(deps: KeepingDeps): readonly Route[] {
  return [...reading(deps), ...commands(deps)];
}

function reading(deps: KeepingDeps): Route[] {
  return [
    route({
      ...kept,
      method: "GET",
      path: "/admin/orders",
      summary:
        "Orders of all shoppers, newest first. `q`: an order id, an order number or a tracking number, whole; else a part of a product's name, in which case a page may be short or empty and still have a next one",
      query: listQuery,
      answers: { 200: listAnswer },
      refusals: ["CURSOR_INVALID"],
      async handle({ query }) {
        const filter = filterOf(query);
        const page = startOf(query);
        const found =
          query.q === undefined
            ? await listOrders(deps, filter, page)
            : await searchOrders(deps, { ...filter, text: query.q }, page);
        const nextCursor = found.nextBefore === null ? null : encodeCursor([found.nextBefore]);
        return { status: 200, body: { items: await showKeptOrders(deps, found.orders), nextCursor } };
      },
    }),
    route({
      ...ofOrder,
      method: "GET",
      path: "/admin/orders/{orderId}",
      summary: "One order; the address is in clear while the order is to be shipped",
      refusals: ["NOT_FOUND"],
      handle: ({ params: { orderId } }) => shown(deps, orderId),
    }),
  ];
}

function commands(deps: KeepingDeps): Route[] {
  return [
    route({
      ...ofOrder,
      method: "PUT",
      path: "/admin/orders/{orderId}/remark",
      summary: "Note something on an order, for merchants only; an empty text removes it",
      body: remarkBody,
      refusals: ["NOT_FOUND"],
      async handle({ params: { orderId }, body: { remark } }) {
        await writeMerchantRemark(deps.db, orderId, remark === "" ? null : remark);
        return shown(deps, orderId);
      },
    }),
    route({
      ...ofOrder,
      method: "POST",
      path: "/admin/orders/{orderId}/shipment",
      summary: "Ship a paid order whose goods have left the stock",
      body: shipmentBody,
      refusals: ["NOT_FOUND", "ORDER_NOT_SHIPPABLE"],
      async handle({ params: { orderId }, body: { carrier, trackingNumber }, cause }) {
        const outcome = await shipOrder(deps, { orderId, carrier, trackingNumber, cause });
        if ("refused" in outcome) return outcome;
        return { status: 200, body: (await showKeptOrders(deps, [outcome]))[0] };
      },
    }),
  ];
}

async function shown(deps: KeepingDeps, orderId: string) {
  const body = await showKeptOrder(deps, orderId);
  return body ? { status: 200, body } : NO_SUCH_ORDER;
}
