import type { Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { type ChangeDeps, changeOrder } from "./change-order.ts";
import { lockOrders } from "./order-store.ts";
import { type Order, ship } from "./order.ts";
import { insertShipment } from "./shipment-store.ts";

/** By the merchant, when the goods have left the stock. The same shipment again gets the same answer. */
export function shipOrder(
  deps: ChangeDeps,
  request: { orderId: string; carrier: string; trackingNumber: string; cause: Cause },
): Promise<Order | Refusal> {
  const { carrier, trackingNumber } = request;
  return changeOrder(deps, {
    lock: async (trx) => (await lockOrders(trx, [request.orderId]))[0],
    decide: (order, now) => ship(order, { carrier, trackingNumber }, now),
    also: (trx, { orderId }) => insertShipment(trx, trackingNumber, orderId),
    cause: request.cause,
  });
}
