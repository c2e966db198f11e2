import { existsSync } from "node:fs";
import { join } from "node:path";
import { registerSchemas } from "#platform/avro/register-schemas.ts";
import { createReader, createSchemaAndAccount, migrateDatabase } from "#platform/database/migrate.ts";
import type { StackEndpoints } from "#platform/stack/stack.ts";
import { allTopics } from "#topics/all-topics.ts";
import { applyTopics } from "./apply-topics.ts";
import type { CliConfig } from "./config.ts";
import { mysqlReader } from "./open-stack.ts";
import type { Progress } from "./progress.ts";
import type { Secrets } from "./secrets.ts";
import { schemaIdsFile } from "./service-environment.ts";
import { presentServices, schemaOf, servicesWithTables } from "./service-manifest.ts";

export interface DataPlace {
  config: CliConfig;
  secrets: Secrets;
  endpoints: StackEndpoints;
}

/** Brings databases, topics and registry to what this checkout expects. The three do not know each other, so they go side by side. */
export async function prepareData(place: DataPlace, progress: Progress): Promise<void> {
  const { config, endpoints } = place;
  const database = async (): Promise<void> => {
    await progress.step("schemas and accounts", () => createAccounts(place));
    await progress.step("migrations", () => migrateAll(place));
  };
  const brokers = endpoints.kafka.brokers;
  await Promise.all([
    database(),
    progress.step(`${allTopics.length} topics`, () => applyTopics({ brokers, replicationFactor: 1 })),
    progress.step("Avro subjects", () =>
      registerSchemas({
        registryUrl: endpoints.schemaRegistry,
        topics: allTopics,
        file: schemaIdsFile(config.home),
      }),
    ),
  ]);
}

async function createAccounts({ endpoints, secrets }: DataPlace): Promise<void> {
  for (const service of servicesWithTables) {
    const schema = schemaOf(service);
    const password = secrets.passwords.services[service] ?? "";
    await createSchemaAndAccount({ administrator: endpoints.mysql, schema, account: { user: schema, password } });
  }
  // For people and checks. By pattern, so that the server's own tables with their password hashes stay closed.
  const account = { user: mysqlReader, password: secrets.passwords.mysqlReader };
  await createReader({ administrator: endpoints.mysql, schemaPattern: "mall\\_%", account });
}

async function migrateAll({ config, endpoints }: DataPlace): Promise<void> {
  const services = presentServices(config.root).map(({ name }) => name);
  const migrate = async (service: string): Promise<void> => {
    const directory = join(config.root, "services", service, "migrations");
    if (!existsSync(directory)) return;
    await migrateDatabase({ connection: { ...endpoints.mysql, database: schemaOf(service) }, directory });
  };
  await Promise.all(services.map(migrate));
}
