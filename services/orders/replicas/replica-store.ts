/** All SQL on the replicas of SKUs, addresses and users. */
import { placeholders, rows, type Transaction, type Queryable } from "#platform/database/database.ts";
import { all, lockRows, readRows, type Row, type Table, tableOf, upsertRows } from "../table-store.ts";
import type { Address, Replica, Sku, User } from "./replicas.ts";

const keptFields = { ...all("plain", "seq", "eventId"), ...all("flag", "deleted") };
const skuFields = {
  ...all("plain", "skuId", "productId", "productName", "skuCode", "categoryId", "brandId", "currency", "priceVersion"),
  ...all("number", "priceCents"),
  ...all("flag", "onSale"),
  ...all("json", "attributes"),
};
const addressFields = all("plain", "addressId", "userId", "keyId", "ciphertext");
const userFields = all("plain", "userId", "level", "status", "deletedAt");

export const skuTable = tableOf<Sku>("oms_sku", { ...skuFields, ...keptFields }, { short: "sku" });
export const addressTable = tableOf<Address>("oms_address", { ...addressFields, ...keptFields }, { short: "address" });
export const userTable = tableOf<User>("oms_user", { ...userFields, ...keptFields }, { short: "user" });

/** What an order needs to know; what is not known here is absent. */
export interface KnownForOrder {
  readonly skus: ReadonlyMap<string, Sku>;
  readonly address: Address | undefined;
  readonly userStatus: string | null;
}

/** Unlocked and in one read: a price that changes meanwhile is the price of the next order. */
export async function readForOrder(
  trx: Queryable,
  { skuIds, addressId, userId }: { skuIds: readonly string[]; addressId: string; userId: string },
): Promise<KnownForOrder> {
  const found = await rows<Row & { owner: string | null; ciphertext: Buffer | null; user_status: string | null }>(
    trx,
    `SELECT s.*, a.user_id AS owner, a.ciphertext, u.status AS user_status
     FROM oms_sku s LEFT JOIN oms_address a ON a.address_id = ? LEFT JOIN oms_user u ON u.user_id = ?
     WHERE s.sku_id IN ${placeholders(1, skuIds.length)}`,
    [addressId, userId, ...skuIds],
  );
  const { owner = null, ciphertext = null, user_status: userStatus = null } = found[0] ?? {};
  const address = owner === null ? undefined : ({ addressId, userId: owner, ciphertext } as Address);
  return { skus: new Map(found.map(skuTable.read).map((sku) => [sku.skuId, sku])), address, userStatus };
}

export async function readSkus(db: Queryable, ids: readonly string[]): Promise<Map<string, Sku>> {
  return new Map((await readRows(db, skuTable, ids)).map((sku) => [sku.skuId, sku]));
}

export async function readAddresses(db: Queryable, ids: readonly string[]): Promise<Map<string, Address>> {
  return new Map((await readRows(db, addressTable, ids)).map((address) => [address.addressId, address]));
}

export function lockReplica<R>(trx: Transaction, table: Table<R>, ids: readonly string[]): Promise<R[]> {
  return lockRows(trx, table, ids);
}

export function saveReplica<R>(trx: Transaction, table: Table<R>, { rows: kept, changed }: Replica<R>): Promise<void> {
  return upsertRows(
    trx,
    table,
    [...changed].map((id) => kept.get(id)!),
  );
}
