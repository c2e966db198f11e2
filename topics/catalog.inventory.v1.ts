import { StockReceived, StockAdjusted, StockRanLow, StockRecovered } from "#schemas/event-types.ts";

/** What happens to the stock of a SKU apart from orders. */
export const catalogInventoryV1 = {
  name: "catalog.inventory.v1",
  aggregateType: 3,
  owner: "catalog",
  key: "skuId",
  partitions: 12,
  cleanupPolicy: "delete",
  retentionMs: 30 * 24 * 3_600_000,
  maxMessageBytes: 256 * 1024,
  events: [StockReceived, StockAdjusted, StockRanLow, StockRecovered],
} as const;
