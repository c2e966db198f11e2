import {
  databaseConfig,
  integer,
  kafkaConfig,
  readConfig,
  redisConfig,
  serviceConfig,
  outboxConfig,
} from "#platform/config/config.ts";

export const config = readConfig({
  service: serviceConfig,
  database: databaseConfig,
  kafka: kafkaConfig,
  redis: redisConfig,
  outbox: outboxConfig,
  cache: {
    freshMs: integer("CATALOG_CACHE_FRESH_MS", { default: 2_000, min: 0 }),
    sharedMs: integer("CATALOG_CACHE_SHARED_MS", { default: 10_000, min: 100 }),
  },
});
