import { reaction } from "#platform/consumer/reaction.ts";
import { PaymentSucceeded } from "#schemas/event-types.ts";
import { eventInvalid, requireId, requireMoney } from "#platform/consumer/event-checks.ts";
import type { OrderBatch } from "../order-batch.ts";
import { takePayment } from "../order.ts";

export const markOrderPaidOnPaymentSucceeded = reaction({
  on: PaymentSucceeded,
  decide(orders: OrderBatch, { paymentId, userId, amountCents, currency, paidAt }, now, event) {
    requireId(paymentId, "paymentId");
    requireMoney(amountCents, currency);
    return orders.change(event, now, (order) => {
      if (order.userId !== userId) throw eventInvalid("userId is not the order's");
      return takePayment(order, { paymentId, amountCents, currency, paidAt: new Date(paidAt) });
    });
  },
});
