import { reaction } from "#platform/consumer/reaction.ts";
import { OrderPaymentTimedOut } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { timeOut } from "../order.ts";

export const cancelOrderOnOrderPaymentTimedOut = reaction({
  on: OrderPaymentTimedOut,
  decide(orders: OrderBatch, _suggestion, now, event) {
    return orders.change(event, now, (order) => timeOut(order, now));
  },
});
