import { OrderPaymentTimedOut } from "#schemas/event-types.ts";

/** Suggestions that the payment window of an order has passed. */
export const sweeperTimeoutV1 = {
  name: "sweeper.timeout.v1",
  aggregateType: 8,
  owner: "sweeper",
  key: "orderId",
  partitions: 12,
  cleanupPolicy: "delete",
  retentionMs: 7 * 24 * 3_600_000,
  maxMessageBytes: 256 * 1024,
  events: [OrderPaymentTimedOut],
} as const;
