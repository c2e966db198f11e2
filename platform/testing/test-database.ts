/** A fresh schema per test file: nothing is shared, nothing is cleaned up between tests of other files. */
import { randomBytes } from "node:crypto";
import knex, { type Knex } from "knex";
import { connectDatabase } from "../database/database.ts";
import { migrateDatabase } from "../database/migrate.ts";
import { stackUnderTest } from "./stack-under-test.ts";

export interface TestDatabase {
  readonly db: Knex;
  readonly name: string;
  /** Another pool on the same schema, as a second instance of a service would have. */
  connect(): Knex;
  /** Closes all pools and drops the schema. */
  close(): Promise<void>;
}

/** Creates a schema and brings it to the state of `directory` (migrations), or leaves it empty without one. */
export async function openTestDatabase(options: { service: string; directory?: string }): Promise<TestDatabase> {
  const { mysql } = stackUnderTest();
  const name = `test_${options.service}_${randomBytes(4).toString("hex")}`;
  const administrator = knex({ client: "mysql2", connection: { ...mysql }, pool: { min: 0, max: 1 } });
  await administrator.raw("CREATE DATABASE ?? CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", [name]);
  const connection = { ...mysql, database: name };
  if (options.directory !== undefined) await migrateDatabase({ connection, directory: options.directory });
  const pools: Knex[] = [];
  const connect = (): Knex => {
    const pool = connectDatabase(connection);
    pools.push(pool);
    return pool;
  };
  return {
    db: connect(),
    name,
    connect,
    async close() {
      await Promise.all(pools.map((pool) => pool.destroy()));
      await administrator.raw("DROP DATABASE ??", [name]);
      await administrator.destroy();
    },
  };
}
