import { reaction } from "#platform/consumer/reaction.ts";
import { RefundFailed } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { noteRefund } from "../order.ts";
import { validPayment } from "../payment-checks.ts";

export const recordRefundOnRefundFailed = reaction({
  on: RefundFailed,
  decide(orders: OrderBatch, refund, now, event) {
    const { paymentId, failureCode } = validPayment(refund);
    const reason = failureCode ?? refund.reason;
    return orders.change(event, now, (order) => noteRefund(order, paymentId, { succeeded: false, reason }));
  },
});
