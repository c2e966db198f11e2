import { execute, placeholders, rows, type Transaction, type Queryable } from "#platform/database/database.ts";
import type { IndexForms, Owner, SealedContact } from "../personal-data.ts";
import { type Account, type LoginName, type Role, usernameKey } from "./account.ts";

/** An account with what only this service may see of it. */
export interface StoredAccount extends Account {
  readonly passwordHash: string;
  readonly owner: Owner;
  readonly phoneCipher: Buffer | null;
  readonly emailCipher: Buffer | null;
}

type Row = Omit<StoredAccount, "roles" | "owner"> & { readonly roles: string; readonly wrappedKey: Buffer };

// The inner join also says that nobody is left whose key was destroyed.
const SELECT_ACCOUNT = `SELECT u.user_id AS userId, u.username, u.phone_cipher AS phoneCipher, u.email_cipher AS emailCipher,
  u.password_hash AS passwordHash, u.level, u.status, u.roles, u.seq, k.wrapped_key AS wrappedKey
  FROM ums_user u JOIN pii_key k ON k.user_id = u.user_id`;
const BY_LOGIN_NAME: Record<LoginName, string> = {
  username: `${SELECT_ACCOUNT} WHERE u.username_key = ?`,
  phone: `${SELECT_ACCOUNT} WHERE u.phone_index IN (?, ?)`,
  email: `${SELECT_ACCOUNT} WHERE u.email_index IN (?, ?)`,
};

/** What a name is looked up by: a username key, or the forms of a blind index. */
export interface LoginKey {
  readonly kind: LoginName;
  readonly keys: IndexForms;
}

export async function findByLoginName(db: Queryable, { kind, keys: [key, other = key] }: LoginKey) {
  const bindings = kind === "username" ? [key.toString()] : [key, other];
  return toAccount(await rows<Row>(db, BY_LOGIN_NAME[kind], bindings));
}

export function findByUsername(db: Queryable, username: string): Promise<StoredAccount | undefined> {
  return findByLoginName(db, { kind: "username", keys: [Buffer.from(usernameKey(username))] });
}

export async function findAccount(db: Queryable, userId: string): Promise<StoredAccount | undefined> {
  return toAccount(await rows<Row>(db, `${SELECT_ACCOUNT} WHERE u.user_id = ?`, [userId]));
}

/** Locks the account: writers of one person's rows go one after the other. */
export async function lockAccount(trx: Transaction, userId: string): Promise<StoredAccount | undefined> {
  return toAccount(await rows<Row>(trx, `${SELECT_ACCOUNT} WHERE u.user_id = ? FOR UPDATE`, [userId]));
}

function toAccount([row]: readonly Row[]): StoredAccount | undefined {
  if (row === undefined) return undefined;
  const { roles, wrappedKey, ...account } = row;
  return { ...account, roles: roles.split(",") as Role[], owner: { userId: row.userId, wrappedKey } };
}

export interface AccountNames {
  readonly usernameKey?: string;
  readonly phone: IndexForms | null;
  readonly email: IndexForms | null;
}

/** Whether one of the names belongs to another account than this. */
export async function isNameTaken(db: Queryable, userId: string, names: AccountNames): Promise<boolean> {
  const { usernameKey = null, phone, email } = names;
  const found = await rows(
    db,
    `SELECT 1 FROM ums_user WHERE user_id <> ?
       AND (username_key = ? OR phone_index IN (?, ?) OR email_index IN (?, ?)) LIMIT 1`,
    [userId, usernameKey, phone?.[0], phone?.[1], email?.[0], email?.[1]].map((value) => value ?? null),
  );
  return found.length > 0;
}

/** Rejects with a duplicate when a name, or the id, is taken. */
export async function insertAccount(
  trx: Transaction,
  account: Account & {
    usernameKey: string;
    passwordHash: string;
    owner: Owner;
    contact: SealedContact;
    isDemo: boolean;
  },
  now: Date,
): Promise<void> {
  const { userId, owner, contact, level, status, roles, seq } = account;
  const { phoneCipher, phoneIndex, emailCipher, emailIndex } = contact;
  const identity: unknown[] = [userId, account.username, account.usernameKey, account.passwordHash];
  await execute(
    trx,
    `INSERT INTO ums_user (user_id, username, username_key, password_hash, phone_cipher, phone_index, email_cipher,
       email_index, level, status, roles, seq, created_at, updated_at, is_demo) VALUES ${placeholders(1, 15)}`,
    identity.concat(
      [phoneCipher, phoneIndex, emailCipher, emailIndex, level, status, roles.join(",")],
      [seq, now, now, account.isDemo],
    ),
  );
  const key = [userId, owner.wrappedKey, now];
  await execute(trx, "INSERT INTO pii_key (user_id, wrapped_key, created_at) VALUES (?, ?, ?)", key);
}

/** Rejects with a duplicate when phone or e-mail belongs to another account. */
export async function updateContact(trx: Transaction, userId: string, contact: SealedContact): Promise<void> {
  await execute(
    trx,
    `UPDATE ums_user SET phone_cipher = ?, phone_index = ?, email_cipher = ?, email_index = ?, updated_at = NOW(3)
     WHERE user_id = ?`,
    [contact.phoneCipher, contact.phoneIndex, contact.emailCipher, contact.emailIndex, userId],
  );
}

/** Replaces the hash if it is still the one that was verified; false when another change came first. */
export async function replacePasswordHash(
  trx: Transaction,
  change: { userId: string; from: string; to: string },
): Promise<boolean> {
  const changed = await execute(
    trx,
    "UPDATE ums_user SET password_hash = ?, updated_at = NOW(3) WHERE user_id = ? AND password_hash = ?",
    [change.to, change.userId, change.from],
  );
  return changed === 1;
}

export async function hasDemoAccounts(db: Queryable): Promise<boolean> {
  return (await rows(db, "SELECT 1 FROM ums_user WHERE is_demo AND status = 'ACTIVE' LIMIT 1")).length > 0;
}
