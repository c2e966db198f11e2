import { type AnyReactions, reactions } from "#platform/consumer/reaction.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { paymentDeadLetterV1 } from "#topics/payment.dead-letter.v1.ts";
import { isId } from "#platform/consumer/event-checks.ts";
import { loadPayOrders, savePayOrders } from "./pay-orders-store.ts";
import { closePaymentOnOrderCancelled } from "./reactions/close-payment-on-order-cancelled.ts";
import { openPaymentOnOrderAwaitingPayment } from "./reactions/open-payment-on-order-awaiting-payment.ts";
import { refundPaymentOnRefundRequested } from "./reactions/refund-payment-on-refund-requested.ts";

/** `onRefund`: refunds are about to be committed. */
export function paymentReactions(deps: { newId: () => string; onRefund: () => void }): AnyReactions {
  return reactions({
    group: "payment",
    from: [ordersOrderV1],
    deadLetters: paymentDeadLetterV1,
    on: [openPaymentOnOrderAwaitingPayment, closePaymentOnOrderCancelled, refundPaymentOnRefundRequested],
    load: (trx, events) =>
      loadPayOrders(
        trx,
        events.filter(({ key }) => isId(key)),
        deps.newId,
      ),
    async save(trx, orders, now) {
      await savePayOrders(trx, orders, now);
      if (orders.refunds.length > 0) deps.onRefund();
    },
  });
}
