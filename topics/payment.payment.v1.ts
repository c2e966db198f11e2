import { PaymentSucceeded, PaymentFailed, RefundSucceeded, RefundFailed } from "#schemas/event-types.ts";

/** What becomes of the payments and refunds of an order; keyed by the order. */
export const paymentPaymentV1 = {
  name: "payment.payment.v1",
  aggregateType: 5,
  owner: "payment",
  key: "orderId",
  partitions: 12,
  cleanupPolicy: "delete",
  retentionMs: 30 * 24 * 3_600_000,
  maxMessageBytes: 256 * 1024,
  events: [PaymentSucceeded, PaymentFailed, RefundSucceeded, RefundFailed],
} as const;
