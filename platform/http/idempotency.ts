/**
 * Idempotency keys. Guarantees for `once`: the key's row, the work's rows and the stored answer commit together or not at
 * all, so a key has one effect however often and from wherever it comes; a refusal leaves no row and may be tried again.
 * For work that calls out (`begin` … `finish`): at most one holder of the claim can finish. It does not undo calls made
 * by a holder who lost the claim. Keys are forgotten after the cleaner's time; unique keys on business rows are for ever.
 */
import type { Knex } from "knex";
import {
  execute,
  inTransaction,
  rollback,
  rows,
  type Transaction,
  type Queryable,
  executeLater,
} from "../database/database.ts";
import { sqlErrorKind } from "../database/sql-errors.ts";
import { AppError } from "../errors/app-error.ts";
import type { Answer, Refusal } from "./route.ts";

export interface KeyedRequest {
  /** User and route, at most 64 bytes, so that nobody meets another's key. */
  readonly scope: string;
  /** The client's `Idempotency-Key`. */
  readonly key: string;
  /** `requestHash` of the body. */
  readonly hash: Buffer;
}

/** The right to finish one keyed request, until `lockedUntil` (database clock). */
export interface Claim {
  readonly scope: string;
  readonly key: string;
  readonly lockedUntil: string;
}

export type Begun = { readonly claim: Claim; readonly takenOver: boolean } | { readonly outcome: Answer | Refusal };

export interface Idempotency {
  /** Runs `work` in one transaction with the key; or replays the stored answer; or refuses a twin (409, 422). */
  once(request: KeyedRequest, work: (trx: Transaction) => Promise<Answer | Refusal>): Promise<Answer | Refusal>;
  /** Commits a claim before calling out. A claim whose time is over is taken over: resume, do not start again. */
  begin(request: KeyedRequest, lockMs: number): Promise<Begun>;
  /** Stores the answer within the transaction of its effects; throws IDEMPOTENCY_CLAIM_LOST if the claim is no longer ours. */
  finish(trx: Transaction, claim: Claim, answer: Answer): Promise<void>;
  /** Gives up a claim that had no effect, so that the key may be tried again. */
  release(claim: Claim): Promise<void>;
  /** Claims whose time is over, oldest first, for the job that resumes them. */
  abandoned(limit: number): Promise<readonly { scope: string; key: string }[]>;
  /** The abandoned claim as one's own, or undefined when somebody else has it. */
  takeOver(abandoned: { scope: string; key: string }, lockMs: number): Promise<Claim | undefined>;
}

interface Row {
  readonly req_hash: Buffer;
  readonly state: "running" | "done";
  readonly status: number;
  readonly body: Buffer;
  /** End of the lock when that is past. */
  readonly expired_lock: string | null;
}

const IN_PROGRESS: Refusal = { refused: "IDEMPOTENCY_KEY_IN_PROGRESS", status: 409, retryAfterSeconds: 1 };
const REUSED: Refusal = { refused: "IDEMPOTENCY_KEY_REUSED", status: 422 };
const LOCK_WAIT_TIMEOUT = 1205;
const NEVER_LOCKED = null;

export function createIdempotency({ db }: { db: Knex }): Idempotency {
  // Twins in this process are refused here; without that they would wait on the row, each holding a connection.
  const inFlight = new Map<string, Buffer>();
  return {
    async once(request, work) {
      const id = `${request.scope}\n${request.key}`;
      const twin = inFlight.get(id);
      if (twin !== undefined) return twin.equals(request.hash) ? IN_PROGRESS : REUSED;
      inFlight.set(id, request.hash);
      try {
        return await inTransaction(db, (trx) => workUnderKey(trx, request, work));
      } finally {
        inFlight.delete(id);
      }
    },
    begin: (request, lockMs) => begin(db, request, lockMs),
    finish: (trx, claim, answer) => finish(trx, claim, answer),
    async release({ scope, key, lockedUntil }) {
      const sql = "DELETE FROM idempotency WHERE scope = ? AND idem_key = ? AND state = 'running' AND locked_until = ?";
      await execute(db, sql, [scope, key, lockedUntil]);
    },
    abandoned: (limit) =>
      rows(
        db,
        `SELECT CONVERT(scope USING utf8mb4) AS scope, CONVERT(idem_key USING utf8mb4) AS \`key\` FROM idempotency
         WHERE locked_until < NOW(3) AND state = 'running' ORDER BY locked_until LIMIT ?`,
        [limit],
      ),
    async takeOver({ scope, key }, lockMs) {
      const lockedUntil = (await readRow(db, { scope, key }))?.expired_lock;
      return lockedUntil ? claimExpired(db, { scope, key, lockedUntil }, lockMs) : undefined;
    },
  };
}

/** Deletes answered keys older than `keepMs`, a bounded page at a time; run it under a lease. Returns how many. */
export async function cleanIdempotencyKeys(db: Queryable, keepMs: number): Promise<number> {
  const page = 1_000;
  let total = 0;
  for (;;) {
    const sql = `DELETE FROM idempotency WHERE created_at < NOW(3) - INTERVAL ? MICROSECOND AND state = 'done' LIMIT ?`;
    const deleted = await execute(db, sql, [keepMs * 1_000, page]);
    total += deleted;
    if (deleted < page) return total;
  }
}

async function workUnderKey(
  trx: Transaction,
  request: KeyedRequest,
  work: (trx: Transaction) => Promise<Answer | Refusal>,
): Promise<Answer | Refusal> {
  const { scope, key } = request;
  if (!(await insertRunning(trx, request, NEVER_LOCKED))) {
    const row = await readRow(trx, request);
    // Rolled back between the insert and the read: the client may try again at once.
    return rollback(row === undefined ? IN_PROGRESS : replayOf(row, request));
  }
  const outcome = await work(trx);
  if ("refused" in outcome) return rollback(outcome);
  const sql = "UPDATE idempotency SET state = 'done', status = ?, body = ? WHERE scope = ? AND idem_key = ?";
  executeLater(trx, sql, [outcome.status, stored(outcome), scope, key]);
  return outcome;
}

/** False when the key is there already, or its writer does not commit within the lock wait of 3 s. */
async function insertRunning(
  trx: Queryable,
  { scope, key, hash }: KeyedRequest,
  until: string | null,
): Promise<boolean> {
  const sql = `INSERT INTO idempotency (scope, idem_key, req_hash, state, locked_until, created_at)
    VALUES (?, ?, ?, 'running', ?, NOW(3))`;
  try {
    await execute(trx, sql, [scope, key, hash, until]);
    return true;
  } catch (error) {
    // Tried again, a lock wait would add up to 12 s; the twin's answer is not worth that.
    if (sqlErrorKind(error) === "duplicate" || (error as { errno?: number }).errno === LOCK_WAIT_TIMEOUT) return false;
    throw error;
  }
}

async function readRow(trx: Queryable, { scope, key }: { scope: string; key: string }): Promise<Row | undefined> {
  const sql = `SELECT req_hash, state, status, body,
      IF(state = 'running' AND locked_until < NOW(3), CAST(locked_until AS CHAR), NULL) AS expired_lock
    FROM idempotency WHERE scope = ? AND idem_key = ?`;
  const [row] = await rows<Row>(trx, sql, [scope, key]);
  return row;
}

function replayOf(row: Row, { hash }: KeyedRequest): Answer | Refusal {
  if (!row.req_hash.equals(hash)) return REUSED;
  if (row.state === "running") return IN_PROGRESS;
  const { body, headers } = JSON.parse(row.body.toString()) as Pick<Answer, "body" | "headers">;
  return { status: row.status, body, headers: { ...headers, "Idempotency-Replayed": "true" } };
}

function stored({ body, headers }: Answer): string {
  return JSON.stringify({ body, headers });
}

async function begin(db: Queryable, request: KeyedRequest, lockMs: number): Promise<Begun> {
  const lockedUntil = await lockEnd(db, lockMs);
  if (await insertRunning(db, request, lockedUntil))
    return { claim: { scope: request.scope, key: request.key, lockedUntil }, takenOver: false };
  const row = await readRow(db, request);
  if (row === undefined) return { outcome: IN_PROGRESS };
  if (row.expired_lock !== null && row.req_hash.equals(request.hash)) {
    const claim = await claimExpired(
      db,
      { scope: request.scope, key: request.key, lockedUntil: row.expired_lock },
      lockMs,
    );
    return claim === undefined ? { outcome: IN_PROGRESS } : { claim, takenOver: true };
  }
  return { outcome: replayOf(row, request) };
}

async function claimExpired(db: Queryable, expired: Claim, lockMs: number): Promise<Claim | undefined> {
  const { scope, key } = expired;
  const lockedUntil = await lockEnd(db, lockMs);
  // The old end of the lock in the condition lets exactly one of many win.
  const sql = `UPDATE idempotency SET locked_until = ?
    WHERE scope = ? AND idem_key = ? AND state = 'running' AND locked_until = ?`;
  const changed = await execute(db, sql, [lockedUntil, scope, key, expired.lockedUntil]);
  return changed === 1 ? { scope, key, lockedUntil } : undefined;
}

async function lockEnd(db: Queryable, lockMs: number): Promise<string> {
  const sql = "SELECT CAST(NOW(3) + INTERVAL ? MICROSECOND AS CHAR(23)) AS until";
  const [row] = await rows<{ until: string }>(db, sql, [lockMs * 1_000]);
  return row!.until;
}

async function finish(trx: Transaction, { scope, key, lockedUntil }: Claim, answer: Answer): Promise<void> {
  const sql = `UPDATE idempotency SET state = 'done', status = ?, body = ?, locked_until = NULL
    WHERE scope = ? AND idem_key = ? AND state = 'running' AND locked_until = ?`;
  if ((await execute(trx, sql, [answer.status, stored(answer), scope, key, lockedUntil])) === 1) return;
  throw new AppError({
    code: "IDEMPOTENCY_CLAIM_LOST",
    message: "Somebody else has taken this request over",
    retry: "later",
    status: 409,
    retryAfterSeconds: 1,
  });
}
