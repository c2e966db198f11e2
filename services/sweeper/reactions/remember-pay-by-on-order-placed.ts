import { reaction } from "#platform/consumer/reaction.ts";
import { OrderPlaced } from "#schemas/event-types.ts";
import type { WatchedOrders } from "../watched-orders.ts";

export const rememberPayByOnOrderPlaced = reaction({
  on: OrderPlaced,
  decide(orders: WatchedOrders, { orderId, payBy }) {
    orders.open(orderId, new Date(payBy));
  },
});
