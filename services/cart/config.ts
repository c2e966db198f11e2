import {
  databaseConfig,
  kafkaConfig,
  outboxConfig,
  readConfig,
  redisConfig,
  serviceConfig,
} from "#platform/config/config.ts";

export const config = readConfig({
  service: serviceConfig,
  database: databaseConfig,
  kafka: kafkaConfig,
  redis: redisConfig,
  outbox: outboxConfig,
});
