import { reaction } from "#platform/consumer/reaction.ts";
import { PaymentFailed } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { notePaymentFailed } from "../order.ts";

export const recordFailureOnPaymentFailed = reaction({
  on: PaymentFailed,
  decide(orders: OrderBatch, { failureCode }, now, event) {
    return orders.change(event, now, (order) => notePaymentFailed(order, failureCode));
  },
});
