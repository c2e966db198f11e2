/** SQL of the rotation of the keys that wrap shoppers' keys. */
import { execute, type Queryable, rows } from "#platform/database/database.ts";

export interface WrappedKey {
  readonly userId: string;
  readonly wrappedKey: Buffer;
}

/** In the order of user ids, behind `after`. */
export function readWrappedKeys(db: Queryable, after: string, limit: number): Promise<WrappedKey[]> {
  const sql = `SELECT user_id AS userId, wrapped_key AS wrappedKey FROM pii_key FORCE INDEX (PRIMARY)
    WHERE user_id > ? ORDER BY user_id LIMIT ?`;
  return rows(db, sql, [after, limit]);
}

/** False when it is not there any more, or not the same: a key destroyed meanwhile must stay destroyed. */
export async function replaceWrappedKey(db: Queryable, old: WrappedKey, rewrapped: Buffer): Promise<boolean> {
  const sql = "UPDATE pii_key SET wrapped_key = ? WHERE user_id = ? AND wrapped_key = ?";
  return (await execute(db, sql, [rewrapped, old.userId, old.wrappedKey])) === 1;
}
