import { z } from "zod";
import { json, kafkaConfig, port, readConfig, text, url } from "#platform/config/config.ts";

/** What the deploy job is told by its environment (docker-compose.yml). */
export function readDeployConfig() {
  return readConfig({
    brokers: kafkaConfig.brokers,
    registryUrl: url("SCHEMA_REGISTRY_URL"),
    schemaIdsFile: text("SCHEMA_IDS_FILE"),
    database: {
      host: text("DATABASE_HOST"),
      port: port("DATABASE_PORT"),
      user: text("DATABASE_ADMINISTRATOR"),
      password: text("DATABASE_ADMINISTRATOR_PASSWORD"),
    },
    /** By service, for the account that may use the schema of that service and nothing else. */
    passwords: json("DATABASE_PASSWORDS", z.record(z.string(), z.string().min(1))),
  });
}
