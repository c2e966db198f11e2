/** What the group payment could not process: the original bytes and headers, plus the reason. Keyed as the original was. */
export const paymentDeadLetterV1 = {
  name: "payment.dead-letter.v1",
  aggregateType: 103,
  owner: "payment",
  key: "sourceKey",
  partitions: 12,
  cleanupPolicy: "delete",
  retentionMs: 90 * 24 * 3_600_000,
  maxMessageBytes: 2 * 1024 * 1024,
  events: [],
} as const;
