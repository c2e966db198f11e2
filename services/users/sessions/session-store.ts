import { execute, rows, type Transaction, type Queryable } from "#platform/database/database.ts";
import type { Session } from "./session.ts";

/**
 * Inserts the session if the account is still what was verified: active, and with the same password. False otherwise.
 * The shared lock makes a change of password wait until the session is there to be ended by it.
 */
export async function insertSession(
  db: Queryable,
  session: { sessionId: string; seed: Buffer; userId: string; passwordHash: string },
): Promise<boolean> {
  const inserted = await execute(
    db,
    `INSERT INTO ums_session (session_id, user_id, token_seed, generation, repeated, token_at, created_at, expires_at)
     SELECT ?, user_id, ?, 1, FALSE, NOW(3), NOW(3), NOW(3) + INTERVAL 30 DAY FROM ums_user
     WHERE user_id = ? AND status = 'ACTIVE' AND password_hash = ? LOCK IN SHARE MODE`,
    [session.sessionId, session.seed, session.userId, session.passwordHash],
  );
  return inserted === 1;
}

/** The session, locked, and the database's time. */
export async function lockSession(
  trx: Transaction,
  sessionId: string,
): Promise<{ session: Session; now: Date } | undefined> {
  const [row] = await rows<Omit<Session, "repeated"> & { repeated: number; now: Date }>(
    trx,
    `SELECT session_id AS sessionId, user_id AS userId, token_seed AS seed, generation, repeated, token_at AS tokenAt,
       expires_at AS expiresAt, ended_at AS endedAt, NOW(3) AS now FROM ums_session WHERE session_id = ? FOR UPDATE`,
    [sessionId],
  );
  return row && { session: { ...row, repeated: row.repeated === 1 }, now: row.now };
}

export async function saveHandedOut(
  trx: Transaction,
  session: Pick<Session, "sessionId" | "generation" | "repeated">,
  now: Date,
): Promise<void> {
  await execute(trx, "UPDATE ums_session SET generation = ?, repeated = ?, token_at = ? WHERE session_id = ?", [
    session.generation,
    session.repeated,
    now,
    session.sessionId,
  ]);
}

export async function endSession(trx: Queryable, sessionId: string, reason: "LOGOUT" | "REUSE"): Promise<void> {
  await execute(
    trx,
    "UPDATE ums_session SET ended_at = NOW(3), end_reason = ? WHERE session_id = ? AND ended_at IS NULL",
    [reason, sessionId],
  );
}

/** Ends all of a user's sessions; returns those whose access tokens may still be valid. */
export async function endSessionsOfUser(trx: Transaction, userId: string): Promise<string[]> {
  const open = await rows<{ sessionId: string; isRecent: number }>(
    trx,
    `SELECT session_id AS sessionId, token_at > NOW(3) - INTERVAL 310 SECOND AS isRecent FROM ums_session
     WHERE user_id = ? AND ended_at IS NULL ORDER BY session_id FOR UPDATE`,
    [userId],
  );
  await execute(
    trx,
    "UPDATE ums_session SET ended_at = NOW(3), end_reason = 'PASSWORD' WHERE user_id = ? AND ended_at IS NULL",
    [userId],
  );
  return open.filter(({ isRecent }) => Number(isRecent) === 1).map(({ sessionId }) => sessionId);
}

export async function isSessionAlive(db: Queryable, sessionId: string): Promise<boolean> {
  const found = await rows(
    db,
    `SELECT 1 FROM ums_session s JOIN ums_user u ON u.user_id = s.user_id
     WHERE s.session_id = ? AND s.ended_at IS NULL AND u.status = 'ACTIVE'`,
    [sessionId],
  );
  return found.length > 0;
}

/** Sessions that ended while an access token of theirs may still be valid. */
export async function findRecentlyEnded(db: Queryable): Promise<string[]> {
  const found = await rows<{ sessionId: string }>(
    db,
    "SELECT session_id AS sessionId FROM ums_session WHERE ended_at > NOW(3) - INTERVAL 310 SECOND",
  );
  return found.map(({ sessionId }) => sessionId);
}
