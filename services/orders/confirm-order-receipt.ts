import type { Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { type ChangeDeps, changeOrder } from "./change-order.ts";
import { lockOwnOrder } from "./order-store.ts";
import { confirmReceipt, type Order } from "./order.ts";

/** By its owner, once it is shipped. */
export function confirmOrderReceipt(
  deps: ChangeDeps,
  request: { orderId: string; userId: string; cause: Cause },
): Promise<Order | Refusal> {
  return changeOrder(deps, {
    lock: (trx) => lockOwnOrder(trx, request),
    decide: (order, now) => confirmReceipt(order, false, now),
    cause: request.cause,
  });
}
