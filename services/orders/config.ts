import {
  databaseConfig,
  integer,
  kafkaConfig,
  keyRing,
  readConfig,
  redisConfig,
  serviceConfig,
  outboxConfig,
} from "#platform/config/config.ts";

const DAY_MS = 24 * 3_600_000;

export const config = readConfig({
  service: serviceConfig,
  database: databaseConfig,
  kafka: kafkaConfig,
  redis: redisConfig,
  outbox: outboxConfig,
  addressTransportKeys: keyRing("ADDRESS_TRANSPORT_KEYS"),
  piiMasterKeys: keyRing("PII_MASTER_KEYS"),
  paymentWindowMs: integer("ORDERS_PAYMENT_WINDOW_MS", { default: 1_800_000, min: 1 }),
  autoReceiptMs: integer("ORDERS_AUTO_RECEIPT_MS", { default: 15 * DAY_MS, min: 1 }),
  /** From a user's end to the end of the key that opens the addresses of their orders. */
  piiRetentionMs: integer("ORDERS_PII_RETENTION_MS", { default: 30 * DAY_MS, min: 0 }),
  idempotencyKeptMs: integer("ORDERS_IDEMPOTENCY_KEPT_MS", { default: 7 * DAY_MS, min: 60_000 }),
  limits: {
    maxOpenPerUser: integer("ORDERS_MAX_OPEN_PER_USER", { default: 50, min: 0 }),
    maxOpenUnitsPerSku: integer("ORDERS_MAX_OPEN_UNITS_PER_SKU", { default: 500, min: 0 }),
    maxCancelsPerHour: integer("ORDERS_MAX_CANCELS_PER_HOUR", { default: 30, min: 0 }),
  },
});
