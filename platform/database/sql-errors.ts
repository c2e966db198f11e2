/**
 * What a failed statement means. MySQL and MariaDB give different names and messages for one thing, so only numbers are
 * compared (mysql2 names MariaDB's 4025 after an unrelated MySQL error).
 */

/**
 * `conflict`: lost to another transaction, the same work may succeed at once. `unavailable`: the server is away, read-only
 * or the connection broke. `duplicate`: a unique key refused it. `check`: a CHECK constraint refused it. `data`: a value
 * does not fit its column. `other`: anything else, and so no judgement on the data: a table that is not there yet, a right
 * that is missing, a limit of the server.
 */
export type SqlErrorKind = "conflict" | "unavailable" | "duplicate" | "check" | "data" | "other";

const KIND_BY_NUMBER = new Map<number, SqlErrorKind>([
  [1205, "conflict"], // lock wait timeout
  [1213, "conflict"], // deadlock
  [1020, "conflict"], // record has changed since last read (MariaDB)
  [3572, "conflict"], // NOWAIT on a locked row (MySQL)
  [1290, "unavailable"], // read-only
  [1836, "unavailable"], // read-only mode
  [1040, "unavailable"], // too many connections
  [1053, "unavailable"], // server shutdown in progress
  [1927, "unavailable"], // connection was killed (MariaDB)
  [1021, "unavailable"], // disk full
  [1114, "unavailable"], // table is full
  [1203, "unavailable"], // too many connections of this account
  [1317, "unavailable"], // interrupted
  [1969, "unavailable"], // statement limit (MariaDB)
  [3024, "unavailable"], // statement limit (MySQL)
  [1062, "duplicate"],
  [1048, "data"], // NULL in a column that has none
  [1264, "data"], // out of range
  [1265, "data"], // truncated
  [1292, "data"], // no such time or number
  [1366, "data"], // no such text in this character set
  [1406, "data"], // too long
  [1690, "data"], // arithmetic out of range
  [3819, "check"], // MySQL
  [4025, "check"], // MariaDB
]);

const CONNECTION_CODES = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
]);

/** Kind of an SQL or connection error, or undefined when `error` is neither. */
export function sqlErrorKind(error: unknown): SqlErrorKind | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { errno, code, name, message, syscall } = error as Partial<NodeJS.ErrnoException>;
  if (syscall !== undefined) return "unavailable"; // the network's error, whatever its code
  if (code !== undefined && CONNECTION_CODES.has(code)) return "unavailable";
  if (name === "KnexTimeoutError") return "unavailable"; // no connection to be had from the pool
  if (message === "Can't add new command when connection is in closed state") return "unavailable"; // mysql2 has no code
  if (errno === undefined || errno < 1000) return undefined;
  return KIND_BY_NUMBER.get(errno) ?? "other";
}

/** True when the same work may succeed later without anybody changing it. */
export function isTransientSqlError(error: unknown): boolean {
  const kind = sqlErrorKind(error);
  return kind === "conflict" || kind === "unavailable";
}

/** True when the statement failed for what it was given: the same values would fail again, and others may pass. */
export function isFaultOfValues(error: unknown): boolean {
  const kind = sqlErrorKind(error);
  return kind === "duplicate" || kind === "check" || kind === "data";
}

// Messages that name a table or a column. All others may quote values, as "Duplicate entry '…'" does.
const NAMES_ONLY = new Set([1054, 1136, 1146, 1364]);

/**
 * Takes the values out of a failed statement's error. Drivers put the whole text with its values into the message, and
 * values may be personal; errors end in logs and in dead letters. Returns the same error.
 */
export function withoutValues(error: unknown): unknown {
  const failed = error as {
    message: string;
    stack?: string;
    code?: string;
    errno?: number;
    sql?: string;
    sqlMessage?: string;
  };
  if (!(error instanceof Error) || failed.errno === undefined || failed.sqlMessage === undefined) return error;
  const told = NAMES_ONLY.has(failed.errno) ? `: ${failed.sqlMessage}` : "";
  const message = `${failed.code ?? "SQL error"} ${failed.errno}${told}`;
  failed.stack = failed.stack?.replace(failed.message, message) ?? "";
  failed.message = message;
  delete failed.sql;
  delete failed.sqlMessage;
  return error;
}
