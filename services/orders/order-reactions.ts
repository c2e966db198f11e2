import { reactions } from "#platform/consumer/reaction.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { ordersDeadLetterV1 } from "#topics/orders.dead-letter.v1.ts";
import { paymentPaymentV1 } from "#topics/payment.payment.v1.ts";
import { sweeperTimeoutV1 } from "#topics/sweeper.timeout.v1.ts";
import { isId } from "#platform/consumer/event-checks.ts";
import { createOrderBatch, type OrderBatch, type TopicShort } from "./order-batch.ts";
import { lockOrders, readLines, saveOrders } from "./order-store.ts";
import { cancelOrderOnOrderPaymentTimedOut } from "./reactions/cancel-order-on-order-payment-timed-out.ts";
import { cancelOrderOnStockLockRejected } from "./reactions/cancel-order-on-stock-lock-rejected.ts";
import { cancelPaidOrderOnStockShortage } from "./reactions/cancel-paid-order-on-stock-shortage.ts";
import { makeOrderPayableOnStockLocked } from "./reactions/make-order-payable-on-stock-locked.ts";
import { markOrderPaidOnPaymentSucceeded } from "./reactions/mark-order-paid-on-payment-succeeded.ts";
import { recordDeductionOnStockDeducted } from "./reactions/record-deduction-on-stock-deducted.ts";
import { recordFailureOnPaymentFailed } from "./reactions/record-failure-on-payment-failed.ts";
import { recordRefundOnRefundFailed } from "./reactions/record-refund-on-refund-failed.ts";
import { recordRefundOnRefundSucceeded } from "./reactions/record-refund-on-refund-succeeded.ts";
import { recordReleaseOnStockReleased } from "./reactions/record-release-on-stock-released.ts";

const topics = [catalogStockV1, paymentPaymentV1, sweeperTimeoutV1] as const;
const shortOf = new Map<string, TopicShort>([
  [catalogStockV1.name, "stock"],
  [paymentPaymentV1.name, "payment"],
  [sweeperTimeoutV1.name, "timeout"],
]);
const tellsLines = new Set(["mall.catalog.StockLocked.v1", "mall.payment.PaymentSucceeded.v1"]);

/** What stock, payment and the clock say about orders. */
export const orderReactions = reactions<OrderBatch>({
  group: "orders",
  name: "orders facts",
  from: topics,
  complete: topics,
  deadLetters: ordersDeadLetterV1,
  async load(trx, events) {
    const known = events.filter(({ key }) => isId(key));
    const ids = new Set(known.map(({ key }) => key));
    const withLines = new Set(known.filter(({ type }) => tellsLines.has(type)).map(({ key }) => key));
    const orders = await lockOrders(trx, [...ids]);
    const lines = await readLines(trx, [...withLines]);
    return createOrderBatch({ orders, lines, shortOf });
  },
  async save(trx, batch) {
    await saveOrders(trx, [...batch.changed.values()], batch.history);
  },
  on: [
    makeOrderPayableOnStockLocked,
    cancelOrderOnStockLockRejected,
    recordDeductionOnStockDeducted,
    recordReleaseOnStockReleased,
    cancelPaidOrderOnStockShortage,
    markOrderPaidOnPaymentSucceeded,
    recordFailureOnPaymentFailed,
    recordRefundOnRefundSucceeded,
    recordRefundOnRefundFailed,
    cancelOrderOnOrderPaymentTimedOut,
  ],
});
