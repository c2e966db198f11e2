import { reaction } from "#platform/consumer/reaction.ts";
import { RefundFailed } from "#schemas/event-types.ts";
import { requireId } from "#platform/consumer/event-checks.ts";
import type { OrderBatch } from "../order-batch.ts";
import { noteRefund } from "../order.ts";

export const recordRefundOnRefundFailed = reaction({
  on: RefundFailed,
  decide(orders: OrderBatch, { paymentId, failureCode, reason }, now, event) {
    requireId(paymentId, "paymentId");
    const said = { succeeded: false, reason: failureCode ?? reason };
    return orders.change(event, now, (order) => noteRefund(order, paymentId, said));
  },
});
