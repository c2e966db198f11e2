import { execute, rows, type Transaction, type Queryable } from "#platform/database/database.ts";

/** An address as it lies in its table. */
export interface StoredAddress {
  readonly addressId: string;
  readonly userId: string;
  readonly cipher: Buffer;
  readonly isDefault: boolean;
  readonly seq: number;
}

/** An address as it is written: with the id of the key under which its latest event travels. */
export interface WrittenAddress extends StoredAddress {
  readonly transportKey: string;
}

type Row = Omit<StoredAddress, "isDefault"> & { readonly isDefault: number };

const SELECT_ADDRESS = `SELECT address_id AS addressId, user_id AS userId, address_cipher AS cipher,
  default_of IS NOT NULL AS isDefault, seq FROM ums_address`;

const toAddress = (row: Row): StoredAddress => ({ ...row, isDefault: Number(row.isDefault) === 1 });

export async function findAddress(
  db: Queryable,
  userId: string,
  addressId: string,
): Promise<StoredAddress | undefined> {
  const found = await rows<Row>(db, `${SELECT_ADDRESS} WHERE address_id = ? AND user_id = ? AND deleted_at IS NULL`, [
    addressId,
    userId,
  ]);
  return found.map(toAddress)[0];
}

/** The default first, then the newest; those after `after` in that order. */
export async function findAddresses(
  db: Queryable,
  userId: string,
  page: { after: { isDefault: number; addressId: string }; limit: number },
): Promise<StoredAddress[]> {
  const { isDefault, addressId } = page.after;
  const found = await rows<Row>(
    db,
    `${SELECT_ADDRESS} WHERE user_id = ? AND deleted_at IS NULL
       AND ((default_of IS NOT NULL) < ? OR ((default_of IS NOT NULL) = ? AND address_id < ?))
     ORDER BY (default_of IS NOT NULL) DESC, address_id DESC LIMIT ?`,
    [userId, isDefault, isDefault, addressId, page.limit],
  );
  return found.map(toAddress);
}

export async function hasHadAddress(db: Queryable, userId: string): Promise<boolean> {
  return (await rows(db, "SELECT 1 FROM ums_address WHERE user_id = ? LIMIT 1", [userId])).length > 0;
}

export async function hasDefault(trx: Transaction, userId: string): Promise<boolean> {
  return (await rows(trx, "SELECT 1 FROM ums_address WHERE default_of = ?", [userId])).length > 0;
}

/** The user's account must be locked: two defaults at once would meet in the unique key. */
export async function clearDefault(trx: Transaction, userId: string): Promise<void> {
  await execute(trx, "UPDATE ums_address SET default_of = NULL WHERE default_of = ?", [userId]);
}

/** Makes the newest address but this one the default; false when there is no other. There must be no default. */
export async function promoteNewest(trx: Transaction, userId: string, exceptId: string): Promise<boolean> {
  const promoted = await execute(
    trx,
    `UPDATE ums_address SET default_of = user_id WHERE user_id = ? AND deleted_at IS NULL AND address_id <> ?
     ORDER BY address_id DESC LIMIT 1`,
    [userId, exceptId],
  );
  return promoted === 1;
}

export async function insertAddress(trx: Transaction, address: WrittenAddress, now: Date): Promise<void> {
  const { addressId, userId, cipher, transportKey, isDefault, seq } = address;
  await execute(
    trx,
    `INSERT INTO ums_address (address_id, user_id, address_cipher, transport_key, default_of, seq, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [addressId, userId, cipher, transportKey, isDefault ? userId : null, seq, now, now],
  );
}

export async function saveAddress(trx: Transaction, address: WrittenAddress, now: Date): Promise<void> {
  const { addressId, userId, cipher, transportKey, isDefault, seq } = address;
  await execute(
    trx,
    `UPDATE ums_address SET address_cipher = ?, transport_key = ?, default_of = ?, seq = ?, updated_at = ?
     WHERE address_id = ?`,
    [cipher, transportKey, isDefault ? userId : null, seq, now, addressId],
  );
}

/** Erases the content and keeps the row, which holds the topic's sequence for this key. */
export async function eraseAddress(
  trx: Transaction,
  { addressId, seq }: { addressId: string; seq: number },
  now: Date,
): Promise<void> {
  await execute(
    trx,
    `UPDATE ums_address SET address_cipher = NULL, transport_key = NULL, default_of = NULL, seq = ?, updated_at = ?, deleted_at = ?
     WHERE address_id = ?`,
    [seq, now, now, addressId],
  );
}

/** What a row says of its key in the topic, for as long as the topic lives. */
export interface AddressKey {
  readonly key: string;
  readonly seq: number;
}

/** All keys, those of removed addresses too, in the order of their ids. */
export function readAddressKeys(db: Queryable, page: { after: string; limit: number }): Promise<AddressKey[]> {
  const sql = `SELECT address_id AS \`key\`, seq, deleted_at IS NOT NULL AS removed FROM ums_address
    WHERE address_id > ? ORDER BY address_id LIMIT ?`;
  return rows(db, sql, [page.after, page.limit]);
}

/** Keys whose latest event travels under another transport key than this, in the order of their ids. */
export function findUnderOtherKeys(
  db: Queryable,
  transportKey: string,
  page: { after: string; limit: number },
): Promise<AddressKey[]> {
  return rows(
    db,
    `SELECT address_id AS \`key\`, seq FROM ums_address
     WHERE (transport_key < ? OR transport_key > ?) AND address_id > ? ORDER BY address_id LIMIT ?`,
    [transportKey, transportKey, page.after, page.limit],
  );
}

export async function ownerOfAddress(db: Queryable, addressId: string): Promise<string | undefined> {
  const sql = "SELECT user_id AS userId FROM ums_address WHERE address_id = ?";
  return (await rows<{ userId: string }>(db, sql, [addressId]))[0]?.userId;
}

/** The address, also a removed one, which has no cipher. */
export async function lockAddress(
  trx: Transaction,
  addressId: string,
): Promise<(Omit<StoredAddress, "cipher"> & { cipher: Buffer | null }) | undefined> {
  const found = await rows<Row>(trx, `${SELECT_ADDRESS} WHERE address_id = ? FOR UPDATE`, [addressId]);
  return found.map(toAddress)[0];
}

/** Counts an event that tells the row as it is. `transportKey`: null for a tombstone. */
export async function countEvent(
  trx: Transaction,
  { addressId, seq, transportKey }: { addressId: string; seq: number; transportKey: string | null },
): Promise<void> {
  const sql = "UPDATE ums_address SET seq = ?, transport_key = ? WHERE address_id = ?";
  await execute(trx, sql, [seq, transportKey, addressId]);
}
