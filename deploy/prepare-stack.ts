import { existsSync } from "node:fs";
import { join } from "node:path";
import { registerSchemas } from "#platform/avro/register-schemas.ts";
import { createSchemaAndAccount, migrateDatabase } from "#platform/database/migrate.ts";
import { ensureTopics } from "#platform/kafka/admin.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { allTopics } from "#topics/all-topics.ts";
import { readDeployConfig } from "./config.ts";

// The step between the servers and the services of a release: schemas and accounts of the database, migrations, topics,
// Avro subjects. Repeating it changes nothing, so a failed run is simply run again.

const config = readDeployConfig();
const log = createLogger({ service: "deploy", instance: "deploy-1", level: "info" });

for (const [service, password] of Object.entries(config.passwords)) {
  const directory = join(import.meta.dirname, "../services", service, "migrations");
  if (!existsSync(directory)) continue;
  const schema = `mall_${service}`;
  await createSchemaAndAccount({ administrator: config.database, schema, account: { user: schema, password } });
  const names = await migrateDatabase({ connection: { ...config.database, database: schema }, directory });
  log.info({ service, names }, "database migrated");
}

await ensureTopics({ brokers: config.brokers, topics: allTopics, replicationFactor: 1 });
log.info({ topics: allTopics.length }, "topics are there");

await registerSchemas({ registryUrl: config.registryUrl, topics: allTopics, file: config.schemaIdsFile });
log.info({ file: config.schemaIdsFile }, "schemas registered");
