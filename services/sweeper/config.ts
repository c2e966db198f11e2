import {
  databaseConfig,
  kafkaConfig,
  readConfig,
  redisConfig,
  serviceConfig,
  text,
  outboxConfig,
} from "#platform/config/config.ts";

export const config = readConfig({
  service: serviceConfig,
  database: databaseConfig,
  kafka: kafkaConfig,
  redis: redisConfig,
  outbox: outboxConfig,
  /** When overdue orders are looked for, UTC; five fields, or six with seconds first. */
  sweepCron: text("SWEEPER_CRON", { default: "*/5 * * * *" }),
});
