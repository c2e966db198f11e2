import {
  databaseConfig,
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
});
