import { StockLocked, StockLockRejected, StockDeducted, StockReleased, StockShortage } from "#schemas/event-types.ts";

/** What stock answers to the steps of an order; keyed by the order, so that its answers stay in order. */
export const catalogStockV1 = {
  name: "catalog.stock.v1",
  aggregateType: 2,
  owner: "catalog",
  key: "orderId",
  partitions: 12,
  cleanupPolicy: "delete",
  retentionMs: 30 * 24 * 3_600_000,
  maxMessageBytes: 256 * 1024,
  events: [StockLocked, StockLockRejected, StockDeducted, StockReleased, StockShortage],
} as const;
