import { reaction } from "#platform/consumer/reaction.ts";
import { OrderCancelled } from "#schemas/event-types.ts";
import type { WatchedOrders } from "../watched-orders.ts";

export const closeOnOrderCancelled = reaction({
  on: OrderCancelled,
  decide(orders: WatchedOrders, { orderId }) {
    orders.close(orderId);
  },
});
