import { reaction } from "#platform/consumer/reaction.ts";
import { OrderPaid } from "#schemas/event-types.ts";
import type { WatchedOrders } from "../watched-orders.ts";

export const closeOnOrderPaid = reaction({
  on: OrderPaid,
  decide(orders: WatchedOrders, { orderId }) {
    orders.close(orderId);
  },
});
