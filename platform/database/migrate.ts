/**
 * Brings one schema to the state of its migration files. Runs as a step of a deployment with an account that may change
 * tables; services themselves may not. A migration, once merged, is never edited: it is recorded by name and not run again.
 */
import knex from "knex";
import { type DatabaseConfig, connectDatabase } from "./database.ts";

/** Runs what has not run yet, in file order; returns the names of the migrations that ran. */
export async function migrateDatabase(options: { connection: DatabaseConfig; directory: string }): Promise<string[]> {
  const db = connectDatabase({ ...options.connection, poolSize: 2 });
  try {
    const source = { directory: options.directory, loadExtensions: [".ts"], tableName: "migration" };
    const [, names] = (await db.migrate.latest(source)) as [number, string[]];
    return names;
  } finally {
    await db.destroy();
  }
}

/** Creates the schema and the service's own account, limited to reading and writing rows of that schema. */
export async function createSchemaAndAccount(options: {
  administrator: Omit<DatabaseConfig, "database">;
  schema: string;
  account: { user: string; password: string };
}): Promise<void> {
  const { administrator, schema, account } = options;
  const db = knex({ client: "mysql2", connection: { ...administrator }, pool: { min: 0, max: 1 } });
  try {
    await db.raw("CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", [schema]);
    await db.raw("CREATE USER IF NOT EXISTS ?@'%' IDENTIFIED BY ?", [account.user, account.password]);
    await db.raw("ALTER USER ?@'%' IDENTIFIED BY ?", [account.user, account.password]);
    await db.raw("GRANT SELECT, INSERT, UPDATE, DELETE ON ??.* TO ?@'%'", [schema, account.user]);
  } finally {
    await db.destroy();
  }
}
