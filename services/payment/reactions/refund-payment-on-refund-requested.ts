import { reaction } from "#platform/consumer/reaction.ts";
import { AppError } from "#platform/errors/app-error.ts";
import { RefundRequested } from "#schemas/event-types.ts";
import { requireKey } from "#platform/consumer/event-checks.ts";
import type { PayOrders } from "../pay-orders.ts";

export const refundPaymentOnRefundRequested = reaction({
  on: RefundRequested,
  decide(orders: PayOrders, { orderId, paymentId, amountCents, currency, reason }, _now, { key }) {
    requireKey(orderId, key);
    const attempt = orders.attempt(paymentId);
    if (attempt === undefined || attempt.orderId !== orderId) throw refuse("no such payment of this order");
    const { status } = attempt;
    // Only money that was captured goes back.
    if (status === "PENDING" || status === "FAILED" || status === "CLOSED") throw refuse(`the payment is ${status}`);
    if (status !== "SUCCEEDED") return; // one refund per payment, and it exists
    const isCovered = amountCents >= 1 && amountCents <= attempt.amountCents && currency === attempt.currency;
    if (!isCovered) throw refuse("more than was paid, or in another currency");
    orders.refund(attempt, reason, amountCents);
  },
});

function refuse(why: string): AppError {
  return new AppError({ code: "REFUND_IMPOSSIBLE", message: why, retry: "never" });
}
