import { databaseNow, inTransaction, type Transaction } from "#platform/database/database.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { lockAccount } from "../accounts/account-store.ts";
import type { PersonalData } from "../personal-data.ts";
import { type Address, type AddressFields, addressText } from "./address.ts";
import type { AddressEvents } from "./address-events.ts";
import {
  clearDefault,
  eraseAddress,
  findAddress,
  hasDefault,
  insertAddress,
  promoteNewest,
  saveAddress,
  type StoredAddress,
} from "./address-store.ts";

export interface AddressDeps extends Pick<Backbone, "db" | "outbox" | "poke"> {
  readonly personalData: PersonalData;
  readonly addressEvents: AddressEvents;
  newId(): string;
}

export interface AddressInput {
  readonly fields: AddressFields;
  /** Whoever has addresses has one default among them: absent leaves it as it is, and the first one becomes it. */
  readonly isDefault?: boolean | undefined;
}

export interface AddressPlace {
  readonly userId: string;
  readonly addressId: string;
}

/** A new address; undefined when the user is gone. */
export function createAddress(
  deps: AddressDeps,
  { userId, input }: { userId: string; input: AddressInput },
  cause: Cause,
): Promise<Address | undefined> {
  const addressId = deps.newId();
  return writeAddress(deps, {
    userId,
    cause,
    store: insertAddress,
    async change(trx) {
      const isDefault = input.isDefault === true || !(await hasDefault(trx, userId));
      if (isDefault) await clearDefault(trx, userId);
      return { addressId, userId, seq: 1, fields: input.fields, isDefault };
    },
  });
}

/** The whole address anew; undefined when this user has no such address. */
export function replaceAddress(
  deps: AddressDeps,
  { userId, addressId, input }: AddressPlace & { input: AddressInput },
  cause: Cause,
): Promise<Address | undefined> {
  return writeAddress(deps, {
    userId,
    cause,
    store: saveAddress,
    async change(trx) {
      const known = await findAddress(trx, userId, addressId);
      if (known === undefined) return undefined;
      const isDefault = await settleDefault(trx, known, input.isDefault);
      return { addressId, userId, seq: known.seq + 1, fields: input.fields, isDefault };
    },
  });
}

/** Whether the address is the default from now on. One that shall not be it any more hands it to the newest other one. */
async function settleDefault(trx: Transaction, known: StoredAddress, wanted: boolean | undefined): Promise<boolean> {
  if (wanted === undefined || wanted === known.isDefault) return known.isDefault;
  await clearDefault(trx, known.userId);
  return wanted || !(await promoteNewest(trx, known.userId, known.addressId));
}

async function writeAddress(
  { db, outbox, poke, personalData, addressEvents }: AddressDeps,
  write: {
    userId: string;
    cause: Cause;
    change(trx: Transaction): Promise<Address | undefined>;
    store: typeof insertAddress;
  },
): Promise<Address | undefined> {
  const written = await inTransaction(db, async (trx) => {
    // The account's row stands for all addresses of the user: one default, and one writer per sequence.
    const account = await lockAccount(trx, write.userId);
    const address = account && (await write.change(trx));
    if (account === undefined || address === undefined) return undefined;
    const now = await databaseNow(trx);
    const cipher = personalData.sealAddress(account.owner, address.addressId, addressText(address.fields));
    await write.store(trx, { ...address, cipher, transportKey: addressEvents.transportKey }, now);
    await outbox.append(trx, [addressEvents.changed(address)], { cause: write.cause, now });
    return address;
  });
  if (written !== undefined) poke();
  return written;
}

/**
 * Leaves the row without its content, and a tombstone in the topic; the newest of those left takes over as the default.
 * False when this user has no such address.
 */
export async function removeAddress(
  { db, outbox, poke, addressEvents }: AddressDeps,
  { userId, addressId }: AddressPlace,
  cause: Cause,
): Promise<boolean> {
  const removed = await inTransaction(db, async (trx) => {
    await lockAccount(trx, userId);
    const known = await findAddress(trx, userId, addressId);
    if (known === undefined) return false;
    const now = await databaseNow(trx);
    const gone = { addressId, seq: known.seq + 1 };
    await eraseAddress(trx, gone, now);
    if (known.isDefault) await promoteNewest(trx, userId, addressId);
    await outbox.append(trx, [addressEvents.removed(gone)], { cause, now });
    return true;
  });
  if (removed) poke();
  return removed;
}
