import {
  OrderPlaced,
  OrderAwaitingPayment,
  OrderPaid,
  OrderCancelled,
  OrderShipped,
  OrderCompleted,
  RefundRequested,
} from "#schemas/event-types.ts";

/** What becomes of an order, told by orders alone; the only arbiter of its fate. */
export const ordersOrderV1 = {
  name: "orders.order.v1",
  aggregateType: 1,
  owner: "orders",
  key: "orderId",
  partitions: 12,
  cleanupPolicy: "delete",
  retentionMs: 30 * 24 * 3_600_000,
  maxMessageBytes: 256 * 1024,
  events: [OrderPlaced, OrderAwaitingPayment, OrderPaid, OrderCancelled, OrderShipped, OrderCompleted, RefundRequested],
} as const;
