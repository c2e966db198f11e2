import { z } from "zod";
import { encodeCursor } from "#platform/http/cursor.ts";
import { idText, money, pageFields, quantity, trimmedText } from "#platform/http/fields.ts";
import { type Answer, type Caller, type Refusal, type Route, route } from "#platform/http/route.ts";
import { placeOrder, type WaitDeps } from "./await-decision.ts";
import { cancelOrder } from "./cancel-order.ts";
import { type ChangeDeps, NO_SUCH_ORDER } from "./change-order.ts";
import { confirmOrderReceipt } from "./confirm-order-receipt.ts";
import { followOwnOrder } from "./follow-order.ts";
import { keepingRoutes } from "./keeping/keeping-routes.ts";
import { listOrders } from "./list-orders.ts";
import { filterFields, filterOf, startOf } from "./list-query.ts";
import { orderSchema } from "./order-json.ts";
import type { Order } from "./order.ts";
import { showOrders, showOwnOrder } from "./show-orders.ts";

export interface OrdersDeps extends WaitDeps, ChangeDeps {
  readonly maxCancelsPerHour: number;
}

const version = z.int().min(1).max(4_294_967_295);
const itemBody = z.strictObject({
  skuId: idText,
  quantity,
  priceVersion: version.optional(),
  cartLineVersion: version.optional(),
});
const placeBody = z.strictObject({
  items: z.array(itemBody).min(1).max(100),
  addressId: idText,
  expectedTotalCents: money.optional(),
  fromCart: z.boolean().optional(),
  remark: trimmedText(500).optional(),
});
const cancelBody = z.strictObject({ reason: trimmedText(200).optional() }).optional();
const orderParams = z.strictObject({ orderId: idText });
const listQuery = z.strictObject({ ...pageFields, ...filterFields });
const listAnswer = z.strictObject({ items: z.array(orderSchema), nextCursor: z.string().nullable() });
const PLACE_REFUSALS = [
  "SKU_NOT_KNOWN_YET",
  "ADDRESS_NOT_KNOWN_YET",
  "SKU_OFF_SALE",
  "PRICE_CHANGED",
  "TOTAL_CHANGED",
  "STOCK_SHORT",
  "IDEMPOTENCY_KEY_IN_PROGRESS",
  "IDEMPOTENCY_KEY_REUSED",
  "RATE_LIMITED",
  "OUTBOX_FULL",
];
const own = { access: "shopper", tag: "orders" } as const;
const ofOrder = { ...own, params: orderParams } as const;

export function ordersRoutes(deps: OrdersDeps): readonly Route[] {
  return [placing(deps), ...reading(deps), ...commands(deps), ...keepingRoutes(deps)];
}

function placing(deps: OrdersDeps): Route {
  return route({
    ...own,
    method: "POST",
    path: "/orders",
    summary: "Place an order; with Prefer: wait=N the answer comes once stock is decided",
    idempotencyKey: true,
    mayWait: true,
    body: placeBody,
    answers: { 201: orderSchema, 202: orderSchema },
    refusals: PLACE_REFUSALS,
    handle(request) {
      const { caller, body, cause } = request;
      const idempotencyKey = request.header("idempotency-key")!;
      const waitSeconds = preferredWait(request.header("prefer"));
      const signal = (): AbortSignal => request.signal;
      return placeOrder(deps, { userId: userOf(caller), idempotencyKey, body, cause, waitSeconds, signal });
    },
  });
}

function reading(deps: OrdersDeps): Route[] {
  return [
    route({
      ...own,
      method: "GET",
      path: "/orders",
      summary: "One's orders, newest first",
      query: listQuery,
      answers: { 200: listAnswer },
      refusals: ["CURSOR_INVALID"],
      async handle({ caller, query }) {
        const filter = { ...filterOf(query), userId: userOf(caller) };
        const page = await listOrders(deps, filter, startOf(query));
        const nextCursor = page.nextBefore === null ? null : encodeCursor([page.nextBefore]);
        return { status: 200, body: { items: await showOrders(deps, page.orders, "masked"), nextCursor } };
      },
    }),
    route({
      ...ofOrder,
      method: "GET",
      path: "/orders/{orderId}",
      summary: "One order with lines, address and history",
      answers: { 200: orderSchema },
      async handle({ caller, params: { orderId } }) {
        const body = await showOwnOrder(deps, { orderId, userId: userOf(caller) });
        return body ? { status: 200, body } : NO_SUCH_ORDER;
      },
    }),
    route({
      ...ofOrder,
      method: "GET",
      path: "/orders/{orderId}/events",
      summary: "The order's life as server-sent events, from the beginning or Last-Event-ID, then live",
      mayWait: true,
      answers: { 200: "event-stream" },
      async handle(request) {
        const { signal, caller, params } = request;
        const after = lastEventId(request.header("last-event-id"));
        const { orderId } = params;
        return (await followOwnOrder(deps, { orderId, userId: userOf(caller), after, signal })) ?? NO_SUCH_ORDER;
      },
    }),
  ];
}

function commands(deps: OrdersDeps): Route[] {
  const shown = async (outcome: Order | Refusal): Promise<Answer | Refusal> =>
    "refused" in outcome ? outcome : { status: 200, body: (await showOrders(deps, [outcome], "masked"))[0] };
  return [
    route({
      ...ofOrder,
      method: "POST",
      path: "/orders/{orderId}/cancel",
      summary: "Cancel an order that is not paid",
      body: cancelBody,
      answers: { 200: orderSchema },
      refusals: ["ORDER_NOT_CANCELLABLE", "RATE_LIMITED"],
      async handle({ caller, params: { orderId }, body, cause }) {
        return shown(await cancelOrder(deps, { orderId, userId: userOf(caller), note: body?.reason ?? null, cause }));
      },
    }),
    route({
      ...ofOrder,
      method: "POST",
      path: "/orders/{orderId}/receipt",
      summary: "Confirm that the goods have arrived",
      answers: { 200: orderSchema },
      refusals: ["ORDER_NOT_RECEIVABLE"],
      async handle({ caller, params: { orderId }, cause }) {
        return shown(await confirmOrderReceipt(deps, { orderId, userId: userOf(caller), cause }));
      },
    }),
  ];
}

// The routes are for signed-in shoppers only, so there is a user.
function userOf(caller: Caller): string {
  return caller.userId!;
}

/** 1 to 10 seconds; anything else is ignored, as a preference may be. */
function preferredWait(prefer: string | undefined): number | undefined {
  const seconds = Number(/(?:^|[,;])\s*wait=(\d{1,2})\s*(?:$|[,;])/.exec(prefer ?? "")?.[1] ?? 0);
  return seconds >= 1 && seconds <= 10 ? seconds : undefined;
}

/** 0 = from the beginning, also for what is no id of ours. */
function lastEventId(header: string | undefined): number {
  return /^\d{1,9}$/.test(header ?? "") ? Number(header) : 0;
}
