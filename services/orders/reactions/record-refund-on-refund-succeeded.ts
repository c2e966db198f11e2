import { reaction } from "#platform/consumer/reaction.ts";
import { RefundSucceeded } from "#schemas/event-types.ts";
import { requireId } from "#platform/consumer/event-checks.ts";
import type { OrderBatch } from "../order-batch.ts";
import { noteRefund } from "../order.ts";

export const recordRefundOnRefundSucceeded = reaction({
  on: RefundSucceeded,
  decide(orders: OrderBatch, { paymentId, reason }, now, event) {
    requireId(paymentId, "paymentId");
    return orders.change(event, now, (order) => noteRefund(order, paymentId, { succeeded: true, reason }));
  },
});
