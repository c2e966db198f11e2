/**
 * One MySQL or MariaDB schema through one small pool.
 *
 * Guarantees: READ COMMITTED, UTC, a lock wait of 3 s on every connection; a transaction that lost a deadlock or a lock
 * wait is rolled back whole and tried again a bounded number of times; BIGINT columns arrive as decimal strings.
 * Does not guarantee: an answer to "did my COMMIT arrive?" when the connection dies inside it: the caller re-reads by
 * idempotency key or offset.
 */
import { setTimeout as delay } from "node:timers/promises";
import knex from "knex";
import type { Knex } from "knex";
import type { Connection } from "mysql2";
import { AppError } from "../errors/app-error.ts";
import { sqlErrorKind, withoutValues } from "./sql-errors.ts";

export interface DatabaseConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Beyond 8-16 busy connections MySQL's throughput falls on small machines. */
  readonly poolSize?: number;
}

// One statement, sent once per physical connection. A statement limit keeps a forgotten read from pinning old row
// versions, which would make every head read of the outbox walk over deleted rows.
const SESSION = [
  "SET SESSION time_zone = '+00:00'",
  "SESSION innodb_lock_wait_timeout = 3",
  "SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
].join(", ");

/** Opens a pool lazily; nothing connects before the first query. */
export function connectDatabase(config: DatabaseConfig): Knex {
  return knex({
    client: "mysql2",
    connection: {
      host: config.host,
      port: config.port,
      user: config.user,
      password: config.password,
      database: config.database,
      // Also what knex writes into its own CREATE TABLE, so a character set and not a collation.
      charset: "utf8mb4",
      timezone: "Z",
      supportBigNumbers: true,
      bigNumberStrings: true,
      connectTimeout: 5_000,
    },
    pool: {
      min: 0,
      max: config.poolSize ?? 8,
      idleTimeoutMillis: 60_000,
      afterCreate(connection: Connection, done: (error: Error | null, connection: Connection) => void) {
        connection.query(SESSION, (first) => {
          if (first) return done(first, connection);
          connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", (error) =>
            done(error, connection),
          );
        });
      },
    },
    acquireConnectionTimeout: 10_000,
  });
}

class Rollback<T> extends Error {
  readonly value: T;
  constructor(value: T) {
    super("rolled back on purpose");
    this.value = value;
  }
}

/** Thrown inside the work of `inTransaction`: undoes it all and makes `inTransaction` return `value`. */
export function rollback(value: unknown): never {
  throw new Rollback(value);
}

const MAX_TRIES = 4;

/**
 * Runs `work` in one transaction. A deadlock or lock wait (transient SQL error) is rolled back and tried again at most
 * three times with 5-40 ms of jitter between; `work` must therefore hold no effect outside the database. A connection
 * lost inside COMMIT is not retried, since its outcome is unknown.
 */
export async function inTransaction<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (error instanceof Rollback) return error.value as T;
      if (sqlErrorKind(error) !== "conflict") throw error;
      if (attempt === MAX_TRIES) {
        throw new AppError({
          code: "DATABASE_BUSY",
          message: "The database refused the transaction several times over",
          retry: "later",
          status: 503,
          retryAfterSeconds: 1,
          cause: error,
        });
      }
      await delay(attempt * 5 * (1 + Math.random()));
    }
  }
}

/** The database's clock, milliseconds precise: the only clock that deadlines are stamped and compared by. */
export async function databaseNow(trx: Knex): Promise<Date> {
  const [row] = await rows<{ now: Date }>(trx, "SELECT NOW(3) AS now");
  if (!row) throw new AppError({ code: "DATABASE_ANSWER", message: "SELECT NOW(3) gave no row", retry: "later" });
  return row.now;
}

/** One plain SQL read, typed by the caller; values only as bindings. */
export async function rows<R>(trx: Knex, sql: string, bindings: readonly unknown[] = []): Promise<R[]> {
  return (await run<R[]>(trx, sql, bindings))[0];
}

/** One plain SQL write; returns how many rows it touched (MySQL counts an updated upsert row as two). */
export async function execute(trx: Knex, sql: string, bindings: readonly unknown[] = []): Promise<number> {
  return (await run<{ affectedRows: number }>(trx, sql, bindings))[0].affectedRows;
}

async function run<R>(trx: Knex, sql: string, bindings: readonly unknown[]): Promise<[R]> {
  try {
    return (await trx.raw(sql, bindings as Knex.RawBinding[])) as unknown as [R];
  } catch (error) {
    throw withoutValues(error);
  }
}

/** `(?,?,?),(?,?,?)` for `count` rows of `width` values: the VALUES list of a set-wise insert. */
export function placeholders(count: number, width: number): string {
  const row = `(${Array.from({ length: width }, () => "?").join(",")})`;
  return Array.from({ length: count }, () => row).join(",");
}
