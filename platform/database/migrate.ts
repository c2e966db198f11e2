/**
 * Brings one schema to the state of its migration files. Runs as a step of a deployment with an account that may change
 * tables; services themselves may not. A migration, once merged, is never edited: it is recorded by name and not run again.
 */
import knex, { type Knex } from "knex";
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
  account: Account;
}): Promise<void> {
  const { administrator, schema, account } = options;
  await asAdministrator(administrator, async (db) => {
    await db.raw("CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", [schema]);
    await createAccount(db, account);
    await db.raw("GRANT SELECT, INSERT, UPDATE, DELETE ON ??.* TO ?@'%'", [schema, account.user]);
  });
}

/** Creates an account that sees the rows of all schemas that match `schemaPattern` (as in LIKE) and changes none. */
export async function createReader(options: {
  administrator: Omit<DatabaseConfig, "database">;
  schemaPattern: string;
  account: Account;
}): Promise<void> {
  const { administrator, schemaPattern, account } = options;
  await asAdministrator(administrator, async (db) => {
    await createAccount(db, account);
    await db.raw("GRANT SELECT, SHOW VIEW ON ??.* TO ?@'%'", [schemaPattern, account.user]);
  });
}

interface Account {
  user: string;
  password: string;
}

/** An account that is there already gets the password. */
async function createAccount(db: Knex, { user, password }: Account): Promise<void> {
  await db.raw("CREATE USER IF NOT EXISTS ?@'%' IDENTIFIED BY ?", [user, password]);
  await db.raw("ALTER USER ?@'%' IDENTIFIED BY ?", [user, password]);
}

async function asAdministrator(
  administrator: Omit<DatabaseConfig, "database">,
  work: (db: Knex) => Promise<void>,
): Promise<void> {
  const db = knex({ client: "mysql2", connection: { ...administrator }, pool: { min: 0, max: 1 } });
  try {
    await work(db);
  } finally {
    await db.destroy();
  }
}
