import { databaseConfig, kafkaConfig, readConfig, redisConfig, serviceConfig } from "#platform/config/config.ts";
import { outboxConfig } from "#platform/lifecycle/backbone.ts";

export const config = readConfig({
  service: serviceConfig,
  database: databaseConfig,
  kafka: kafkaConfig,
  redis: redisConfig,
  outbox: outboxConfig,
});
