import { reaction } from "#platform/consumer/reaction.ts";
import { RefundSucceeded } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { noteRefund } from "../order.ts";
import { validPayment } from "../payment-checks.ts";

export const recordRefundOnRefundSucceeded = reaction({
  on: RefundSucceeded,
  decide(orders: OrderBatch, refund, now, event) {
    const { paymentId } = validPayment(refund);
    return orders.change(event, now, (order) =>
      noteRefund(order, paymentId, { succeeded: true, reason: refund.reason }),
    );
  },
});
