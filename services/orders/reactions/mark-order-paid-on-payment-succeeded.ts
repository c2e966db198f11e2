import { reaction } from "#platform/consumer/reaction.ts";
import { PaymentSucceeded } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { takePayment } from "../order.ts";
import { requireOwner, validPayment } from "../payment-checks.ts";

export const markOrderPaidOnPaymentSucceeded = reaction({
  on: PaymentSucceeded,
  decide(orders: OrderBatch, payment, now, event) {
    const { paymentId, amountCents, currency } = validPayment(payment);
    const paidAt = new Date(payment.paidAt);
    return orders.change(event, now, (order) => {
      requireOwner(order, payment);
      return takePayment(order, { paymentId, amountCents, currency, paidAt });
    });
  },
});
