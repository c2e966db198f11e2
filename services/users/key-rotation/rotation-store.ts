import { execute, type Queryable, rows } from "#platform/database/database.ts";
import type { Owner, SealedContact } from "../personal-data.ts";

export interface ContactRow extends SealedContact {
  readonly owner: Owner;
}

/** Data keys in order of the persons they belong to, from the one after `after`. */
export function readDataKeys(db: Queryable, after: string, limit: number): Promise<Owner[]> {
  return rows<Owner>(
    db,
    `SELECT user_id AS userId, wrapped_key AS wrappedKey FROM pii_key WHERE user_id > ? ORDER BY user_id LIMIT ?`,
    [after, limit],
  );
}

/** False when the key was replaced or destroyed meanwhile. */
export async function replaceDataKey(db: Queryable, { from, to }: { from: Owner; to: Owner }): Promise<boolean> {
  const sql = "UPDATE pii_key SET wrapped_key = ? WHERE user_id = ? AND wrapped_key = ?";
  return (await execute(db, sql, [to.wrappedKey, from.userId, from.wrappedKey])) === 1;
}

/** Accounts that can be found by phone or e-mail, in order of their ids, from the one after `after`. */
export async function readContacts(db: Queryable, after: string, limit: number): Promise<ContactRow[]> {
  const found = await rows<SealedContact & Owner>(
    db,
    `SELECT u.user_id AS userId, k.wrapped_key AS wrappedKey, u.phone_cipher AS phoneCipher, u.phone_index AS phoneIndex,
       u.email_cipher AS emailCipher, u.email_index AS emailIndex
     FROM ums_user u JOIN pii_key k ON k.user_id = u.user_id
     WHERE u.user_id > ? AND (u.phone_index IS NOT NULL OR u.email_index IS NOT NULL) ORDER BY u.user_id LIMIT ?`,
    [after, limit],
  );
  return found.map(({ userId, wrappedKey, ...sealed }) => ({ owner: { userId, wrappedKey }, ...sealed }));
}

/** False when the contact was changed meanwhile: whoever changed it has written the index of the key in use. */
export async function replaceIndexes(
  db: Queryable,
  contact: ContactRow,
  indexes: Pick<SealedContact, "phoneIndex" | "emailIndex">,
): Promise<boolean> {
  const changed = await execute(
    db,
    `UPDATE ums_user SET phone_index = ?, email_index = ?
     WHERE user_id = ? AND phone_cipher <=> ? AND email_cipher <=> ?`,
    [indexes.phoneIndex, indexes.emailIndex, contact.owner.userId, contact.phoneCipher, contact.emailCipher],
  );
  return changed === 1;
}
