/** All SQL on the replicas of SKUs, addresses and users. */
import type { Knex } from "knex";
import { execute, placeholders, rows } from "#platform/database/database.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import type { Address, Kept, Sku, User } from "./replicas.ts";

type Row = Record<string, unknown> & { readonly id: string };

const SKU_COLUMNS = `sku_id, product_id, product_name, sku_code, attributes, category_id, brand_id, price_cents, currency,
  price_version, on_sale, deleted, sku_seq, sku_event_id`;
const ADDRESS_COLUMNS = "address_id, user_id, key_id, ciphertext, deleted, address_seq, address_event_id";
const USER_COLUMNS = "user_id, level, status, deleted_at, user_seq, user_event_id";

/** What an order needs to know; an id that is not known here is absent. */
export interface KnownForOrder {
  readonly skus: ReadonlyMap<string, Sku | null>;
  readonly address: Address | null | undefined;
  readonly userStatus: string | undefined;
}

/** Unlocked and in one read: a price that changes meanwhile is the price of the next order. */
export async function readForOrder(
  trx: Knex,
  { skuIds, addressId, userId }: { skuIds: readonly string[]; addressId: string; userId: string },
): Promise<KnownForOrder> {
  const found = await rows<Row>(
    trx,
    `SELECT s.sku_id, s.product_id, s.product_name, s.sku_code, s.attributes, s.category_id, s.brand_id, s.price_cents,
       s.currency, s.price_version, s.on_sale, s.deleted, a.address_id, a.user_id, a.key_id, a.ciphertext,
       a.deleted AS address_deleted, u.status AS user_status
     FROM oms_sku s LEFT JOIN oms_address a ON a.address_id = ? LEFT JOIN oms_user u ON u.user_id = ?
     WHERE s.sku_id IN ${placeholders(1, skuIds.length)}`,
    [addressId, userId, ...skuIds],
  );
  const [first] = found;
  return {
    skus: new Map(found.map((row) => [row["sku_id"] as string, skuOf(row)])),
    address: first && first["address_id"] !== null ? addressOf(first, first["address_deleted"]) : undefined,
    userStatus: (first?.["user_status"] as string | null) ?? undefined,
  };
}

export function readSkus(db: Knex, ids: readonly string[]): Promise<Map<string, Kept<Sku>>> {
  const sql = `SELECT sku_id AS id, ${SKU_COLUMNS} FROM oms_sku WHERE sku_id IN ${placeholders(1, ids.length)}`;
  return readKept(db, { sql, ids, short: "sku" }, skuOf);
}

export function readAddresses(db: Knex, ids: readonly string[]): Promise<Map<string, Kept<Address>>> {
  const sql = `SELECT address_id AS id, ${ADDRESS_COLUMNS} FROM oms_address
    WHERE address_id IN ${placeholders(1, ids.length)}`;
  return readKept(db, { sql, ids, short: "address" }, (row) => addressOf(row, row["deleted"]));
}

export function lockSkus(trx: Knex.Transaction, ids: readonly string[]): Promise<Map<string, Kept<Sku>>> {
  const sql = `SELECT sku_id AS id, ${SKU_COLUMNS} FROM oms_sku WHERE sku_id IN ${placeholders(1, ids.length)}
    ORDER BY sku_id FOR UPDATE`;
  return readKept(trx, { sql, ids, short: "sku" }, skuOf);
}

export function lockAddresses(trx: Knex.Transaction, ids: readonly string[]): Promise<Map<string, Kept<Address>>> {
  const sql = `SELECT address_id AS id, ${ADDRESS_COLUMNS} FROM oms_address
    WHERE address_id IN ${placeholders(1, ids.length)} ORDER BY address_id FOR UPDATE`;
  return readKept(trx, { sql, ids, short: "address" }, (row) => addressOf(row, row["deleted"]));
}

export function lockUsers(trx: Knex.Transaction, ids: readonly string[]): Promise<Map<string, Kept<User>>> {
  const sql = `SELECT user_id AS id, ${USER_COLUMNS} FROM oms_user WHERE user_id IN ${placeholders(1, ids.length)}
    ORDER BY user_id FOR UPDATE`;
  return readKept(trx, { sql, ids, short: "user" }, (row) => ({
    userId: row["user_id"] as User["userId"],
    level: row["level"] as number,
    status: row["status"] as User["status"],
    deletedAt: row["deleted_at"] as Date | null,
  }));
}

export async function saveSkus(trx: Knex.Transaction, changed: ReadonlyMap<string, Kept<Sku>>): Promise<void> {
  if (changed.size === 0) return;
  await execute(
    trx,
    `INSERT INTO oms_sku (${SKU_COLUMNS}) VALUES ${placeholders(changed.size, 14)}
     ON DUPLICATE KEY UPDATE product_id = VALUES(product_id), product_name = VALUES(product_name),
       sku_code = VALUES(sku_code), attributes = VALUES(attributes), category_id = VALUES(category_id),
       brand_id = VALUES(brand_id), price_cents = VALUES(price_cents), currency = VALUES(currency),
       price_version = VALUES(price_version), on_sale = VALUES(on_sale), deleted = VALUES(deleted),
       sku_seq = VALUES(sku_seq), sku_event_id = VALUES(sku_event_id)`,
    [...changed].flatMap(([id, { value, seen }]) => [
      id,
      value?.productId ?? 0,
      value?.productName ?? "",
      value?.skuCode ?? "",
      JSON.stringify(value?.attributes ?? {}),
      value?.categoryId ?? 0,
      value?.brandId ?? 0,
      value?.priceCents ?? 0,
      value?.currency ?? "",
      value?.priceVersion ?? 0,
      value?.onSale ?? false,
      value === null,
      seen.seq,
      uuidBytes(seen.eventId),
    ]),
  );
}

export async function saveAddresses(trx: Knex.Transaction, changed: ReadonlyMap<string, Kept<Address>>): Promise<void> {
  if (changed.size === 0) return;
  await execute(
    trx,
    `INSERT INTO oms_address (${ADDRESS_COLUMNS}) VALUES ${placeholders(changed.size, 7)}
     ON DUPLICATE KEY UPDATE user_id = VALUES(user_id), key_id = VALUES(key_id), ciphertext = VALUES(ciphertext),
       deleted = VALUES(deleted), address_seq = VALUES(address_seq), address_event_id = VALUES(address_event_id)`,
    [...changed].flatMap(([id, { value, seen }]) => [
      id,
      value?.userId ?? 0,
      value?.keyId ?? "",
      value?.ciphertext ?? null,
      value === null,
      seen.seq,
      uuidBytes(seen.eventId),
    ]),
  );
}

export async function saveUsers(trx: Knex.Transaction, changed: ReadonlyMap<string, Kept<User>>): Promise<void> {
  if (changed.size === 0) return;
  await execute(
    trx,
    `INSERT INTO oms_user (${USER_COLUMNS}) VALUES ${placeholders(changed.size, 6)}
     ON DUPLICATE KEY UPDATE level = VALUES(level), status = VALUES(status), deleted_at = VALUES(deleted_at),
       user_seq = VALUES(user_seq), user_event_id = VALUES(user_event_id)`,
    [...changed].flatMap(([id, { value, seen }]) => [
      id,
      value?.level ?? 0,
      value?.status ?? "DELETED",
      value?.deletedAt ?? null,
      seen.seq,
      uuidBytes(seen.eventId),
    ]),
  );
}

async function readKept<V>(
  db: Knex,
  read: { sql: string; ids: readonly string[]; short: string },
  valueOf: (row: Row) => V | null,
): Promise<Map<string, Kept<V>>> {
  if (read.ids.length === 0) return new Map();
  const found = await rows<Row>(db, read.sql, read.ids);
  return new Map(
    found.map((row) => {
      const eventId = uuidText(row[`${read.short}_event_id`] as Buffer);
      return [row.id, { value: valueOf(row), seen: { seq: row[`${read.short}_seq`] as number, eventId } }];
    }),
  );
}

function skuOf(row: Row): Sku | null {
  if (row["deleted"] === 1) return null;
  const { attributes } = row;
  return {
    skuId: row["sku_id"],
    productId: row["product_id"],
    productName: row["product_name"],
    skuCode: row["sku_code"],
    attributes: typeof attributes === "string" ? JSON.parse(attributes) : attributes,
    categoryId: row["category_id"],
    brandId: row["brand_id"],
    priceCents: Number(row["price_cents"]),
    currency: row["currency"],
    priceVersion: row["price_version"],
    onSale: row["on_sale"] === 1,
  } as Sku;
}

function addressOf(row: Row, deleted: unknown): Address | null {
  if (deleted === 1) return null;
  const { address_id: addressId, user_id: userId, key_id: keyId, ciphertext } = row;
  return { addressId, userId, keyId, ciphertext } as Address;
}
