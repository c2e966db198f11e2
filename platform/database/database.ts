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

/**
 * A transaction under way; statements go through `rows`, `execute` and `executeLater`. `waiting` statements travel with the
 * next one in one packet: a round trip costs 240 µs of CPU over both sides here, a statement in it a fraction.
 */
export interface Transaction {
  readonly connection: Connection;
  readonly waiting: Statement[];
}

interface Statement {
  readonly sql: string;
  readonly bindings: readonly unknown[];
}

/** Where a statement may run: on its own, or within a transaction. */
export type Queryable = Knex | Transaction;

// One statement, sent once per physical connection. A statement limit keeps a forgotten read from pinning old row
// versions, which would make every head read of the outbox walk over deleted rows.
// Each server takes only its own of the two comments.
const STATEMENT_LIMIT =
  " /*M!100100 , SESSION max_statement_time = 30 */ /*!50708 , SESSION max_execution_time = 30000 */";
const SESSION =
  [
    "SET SESSION time_zone = '+00:00'",
    "SESSION innodb_lock_wait_timeout = 3",
    "SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'",
  ].join(", ") + STATEMENT_LIMIT;

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
      // For `executeLater`. Texts are constants with bindings (checked by lint), so nobody can add a statement to them.
      multipleStatements: true,
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
    // Less than a consumer's session: a database that does not answer must not cost the group membership too.
    acquireConnectionTimeout: 5_000,
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
export async function inTransaction<T>(
  db: Knex,
  work: (trx: Transaction) => Promise<T>,
  { tries = MAX_TRIES }: { tries?: number } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(db, work);
    } catch (error) {
      if (error instanceof Rollback) return error.value as T;
      if (sqlErrorKind(error) !== "conflict") throw error;
      if (attempt >= tries) {
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

// On a connection of the pool, without knex's own transaction object: that costs 300 µs of CPU more per transaction.
// BEGIN travels with the first statement, COMMIT with the last writes.
async function once<T>(db: Knex, work: (trx: Transaction) => Promise<T>): Promise<T> {
  const connection = await acquire(db);
  const trx: Transaction = { connection, waiting: [{ sql: "BEGIN", bindings: [] }] };
  try {
    const result = await work(trx);
    await run(trx, "COMMIT", []);
    return result;
  } catch (error) {
    await undo(trx);
    throw error;
  } finally {
    await release(db, connection);
  }
}

// A lock-wait timeout undoes only its statement, so the transaction is ended explicitly. A connection that cannot even do
// that is of no use to the next one; the server undoes what it had open.
async function undo(trx: Transaction): Promise<void> {
  trx.waiting.length = 0;
  await run(trx, "ROLLBACK", []).catch(() => trx.connection.destroy());
}

/** The database's clock, milliseconds precise: the only clock that deadlines are stamped and compared by. */
export async function databaseNow(trx: Queryable): Promise<Date> {
  const [row] = await rows<{ now: Date }>(trx, "SELECT NOW(3) AS now");
  if (!row) throw new AppError({ code: "DATABASE_ANSWER", message: "SELECT NOW(3) gave no row", retry: "later" });
  return row.now;
}

/** One plain SQL read, typed by the caller; values only as bindings (`?`, and `??` for names). */
export async function rows<R>(on: Queryable, sql: string, bindings: readonly unknown[] = []): Promise<R[]> {
  return (await query(on, sql, bindings)) as R[];
}

/** One plain SQL write; returns how many rows it touched (MySQL counts an updated upsert row as two). */
export async function execute(on: Queryable, sql: string, bindings: readonly unknown[] = []): Promise<number> {
  return ((await query(on, sql, bindings)) as { affectedRows: number }).affectedRows;
}

/**
 * A write whose outcome nobody looks at: it is sent, in order, with the transaction's next statement or its COMMIT. Its
 * failure is the failure of that one; the transaction is undone either way.
 */
export function executeLater(trx: Transaction, sql: string, bindings: readonly unknown[] = []): void {
  trx.waiting.push({ sql, bindings });
}

async function query(on: Queryable, sql: string, bindings: readonly unknown[]): Promise<unknown> {
  if (typeof on !== "function") return run(on, sql, bindings);
  const connection = await acquire(on);
  try {
    return await run({ connection, waiting: [] }, sql, bindings);
  } finally {
    await release(on, connection);
  }
}

/** Sends what waits and one statement more, in one packet; resolves with the result of the last. */
function run({ connection, waiting }: Transaction, sql: string, bindings: readonly unknown[]): Promise<unknown> {
  const statements = [...waiting.splice(0), { sql, bindings }];
  const text = statements.map((statement) => statement.sql).join(";\n");
  const values = statements.flatMap((statement) => statement.bindings);
  return new Promise((resolve, reject) => {
    connection.query(text, values, (error, result) => {
      if (error) reject(withoutValues(error) as Error);
      else resolve(statements.length > 1 ? (result as unknown[]).at(-1) : result);
    });
  });
}

function acquire(db: Knex): Promise<Connection> {
  return (db.client as PoolOwner).acquireConnection();
}

function release(db: Knex, connection: Connection): Promise<void> {
  return (db.client as PoolOwner).releaseConnection(connection);
}

/** What knex's client offers to those who bring their own statements. */
interface PoolOwner {
  acquireConnection(): Promise<Connection>;
  releaseConnection(connection: Connection): Promise<void>;
}

/** `(?,?,?),(?,?,?)` for `count` rows of `width` values: the VALUES list of a set-wise insert. */
export function placeholders(count: number, width: number): string {
  const row = `(${Array.from({ length: width }, () => "?").join(",")})`;
  return Array.from({ length: count }, () => row).join(",");
}
