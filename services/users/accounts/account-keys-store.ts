import { execute, placeholders, type Queryable, rows, type Transaction } from "#platform/database/database.ts";
import { inKeyOrder } from "#platform/database/key-pages.ts";
import type { Account } from "./account.ts";

/** What others may know of an account. */
export type PublishedAccount = Pick<Account, "userId" | "level" | "status" | "seq">;

/** All keys of users.user.v1 in the order of their ids. */
export function readAccountKeys(
  db: Queryable,
  page: { after: string; limit: number },
): Promise<{ key: string; seq: number }[]> {
  const sql = "SELECT user_id AS `key`, seq FROM ums_user WHERE user_id > ? ORDER BY user_id LIMIT ?";
  return rows(db, sql, [page.after, page.limit]);
}

/** At most some hundred; also those whose data key was destroyed. */
export function lockPublished(trx: Transaction, userIds: readonly string[]): Promise<PublishedAccount[]> {
  const ids = inKeyOrder(userIds);
  return rows(
    trx,
    `SELECT user_id AS userId, level, status, seq FROM ums_user WHERE user_id IN ${placeholders(1, ids.length)}
     ORDER BY user_id FOR UPDATE`,
    ids,
  );
}

/** Counts one more event about each. */
export async function countEvents(trx: Transaction, userIds: readonly string[]): Promise<void> {
  const sql = `UPDATE ums_user SET seq = seq + 1 WHERE user_id IN ${placeholders(1, userIds.length)}`;
  await execute(trx, sql, userIds);
}
