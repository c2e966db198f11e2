import { databaseNow, inTransaction } from "#platform/database/database.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { lockAccount } from "../accounts/account-store.ts";
import type { PersonalData } from "../personal-data.ts";
import { type Address, type AddressFields, addressText } from "./address.ts";
import type { AddressEvents } from "./address-events.ts";
import { clearDefault, eraseAddress, findAddress, insertAddress, saveAddress } from "./address-store.ts";

export interface AddressDeps extends Pick<Backbone, "db" | "outbox" | "poke"> {
  readonly personalData: PersonalData;
  readonly addressEvents: AddressEvents;
  newId(): string;
}

export interface AddressInput {
  readonly fields: AddressFields;
  /** True takes it from the address that had it before; that one's event does not change. */
  readonly isDefault: boolean;
}

/** A new address; undefined when the user is gone. */
export function createAddress(
  deps: AddressDeps,
  { userId, input }: { userId: string; input: AddressInput },
  cause: Cause,
): Promise<Address | undefined> {
  const address: Address = { addressId: deps.newId(), userId, seq: 1, ...input };
  return writeAddress(deps, { userId, cause, change: async () => address, store: insertAddress });
}

/** The whole address anew; undefined when this user has no such address. */
export function replaceAddress(
  deps: AddressDeps,
  { userId, addressId, input }: { userId: string; addressId: string; input: AddressInput },
  cause: Cause,
): Promise<Address | undefined> {
  return writeAddress(deps, {
    userId,
    cause,
    store: saveAddress,
    async change(trx) {
      const known = await findAddress(trx, userId, addressId);
      return known && { addressId, userId, seq: known.seq + 1, ...input };
    },
  });
}

async function writeAddress(
  { db, outbox, poke, personalData, addressEvents }: AddressDeps,
  write: {
    userId: string;
    cause: Cause;
    change(trx: Parameters<typeof insertAddress>[0]): Promise<Address | undefined>;
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
    if (address.isDefault) await clearDefault(trx, write.userId);
    await write.store(trx, { ...address, cipher }, now);
    await outbox.append(trx, [addressEvents.changed(address)], { cause: write.cause, now });
    return address;
  });
  if (written !== undefined) poke();
  return written;
}

/** Leaves the row without its content, and a tombstone in the topic; false when this user has no such address. */
export async function removeAddress(
  { db, outbox, poke, addressEvents }: AddressDeps,
  { userId, addressId }: { userId: string; addressId: string },
  cause: Cause,
): Promise<boolean> {
  const removed = await inTransaction(db, async (trx) => {
    await lockAccount(trx, userId);
    const known = await findAddress(trx, userId, addressId);
    if (known === undefined) return false;
    const now = await databaseNow(trx);
    const gone = { addressId, seq: known.seq + 1 };
    await eraseAddress(trx, gone, now);
    await outbox.append(trx, [addressEvents.removed(gone)], { cause, now });
    return true;
  });
  if (removed) poke();
  return removed;
}
