import { execute, type Queryable, rows, type Transaction } from "#platform/database/database.ts";

export type AccessList = "black" | "white";

/** Written `address:<address or network>` or `user:<id>`, in the table and in Redis. */
export type Subject = `address:${string}` | `user:${string}`;

export interface AccessEntry {
  readonly list: AccessList;
  readonly subject: Subject;
  readonly reason: string;
  /** The user who set it last. */
  readonly by: string;
  readonly at: Date;
}

const SELECT_ENTRY = "SELECT list, subject, reason, set_by AS `by`, set_at AS at FROM ums_access_list";

/** Writers go one after the other, and every change has a version of its own. */
export async function nextVersion(trx: Transaction): Promise<void> {
  await execute(trx, "UPDATE ums_access_list_version SET version = version + 1 WHERE one = 1");
}

export async function saveEntry(trx: Transaction, { list, subject, reason, by, at }: AccessEntry): Promise<void> {
  await execute(
    trx,
    `INSERT INTO ums_access_list (list, subject, reason, set_by, set_at) VALUES (?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE reason = VALUES(reason), set_by = VALUES(set_by), set_at = VALUES(set_at)`,
    [list, subject, reason, by, at],
  );
}

/** False when there was none. */
export async function deleteEntry(trx: Transaction, list: AccessList, subject: Subject): Promise<boolean> {
  return (await execute(trx, "DELETE FROM ums_access_list WHERE list = ? AND subject = ?", [list, subject])) === 1;
}

/** Entries of one list in order of their subject, from the one after `after`. */
export function findEntries(
  db: Queryable,
  list: AccessList,
  page: { after: string; limit: number },
): Promise<AccessEntry[]> {
  const sql = `${SELECT_ENTRY} WHERE list = ? AND subject > ? ORDER BY subject LIMIT ?`;
  return rows<AccessEntry>(db, sql, [list, page.after, page.limit]);
}

/** Both lists, with at least all changes up to `version`. */
export async function readLists(db: Queryable): Promise<{ version: string; entries: AccessEntry[] }> {
  // The version first: read after the rows, it could name a change that they do not hold yet.
  const [row] = await rows<{ version: string }>(db, "SELECT version FROM ums_access_list_version WHERE one = 1");
  return { version: row?.version ?? "0", entries: await rows<AccessEntry>(db, SELECT_ENTRY) };
}
