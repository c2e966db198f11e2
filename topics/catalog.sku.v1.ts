import { SkuChanged } from "#schemas/event-types.ts";

/** The current public state of each SKU, for replicas. */
export const catalogSkuV1 = {
  name: "catalog.sku.v1",
  aggregateType: 4,
  owner: "catalog",
  key: "skuId",
  partitions: 12,
  cleanupPolicy: "compact",
  retentionMs: -1,
  minCompactionLagMs: 24 * 3_600_000,
  deleteRetentionMs: 32 * 24 * 3_600_000,
  maxMessageBytes: 256 * 1024,
  events: [SkuChanged],
} as const;
