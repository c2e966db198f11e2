import { databaseConfig, kafkaConfig, readConfig, redisConfig, serviceConfig, text } from "#platform/config/config.ts";
import { outboxConfig } from "#platform/lifecycle/backbone.ts";

export const config = readConfig({
  service: serviceConfig,
  database: databaseConfig,
  kafka: kafkaConfig,
  redis: redisConfig,
  outbox: outboxConfig,
  /** When overdue orders are looked for, UTC; five fields, or six with seconds first. */
  sweepCron: text("SWEEPER_CRON", { default: "*/5 * * * *" }),
});
