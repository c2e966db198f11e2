import { databaseNow, inTransaction } from "#platform/database/database.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import { eventIdV7 } from "#platform/ids/ids.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { CompactedOwner } from "#platform/outbox/repair-compacted-topic.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { lockAccount } from "../accounts/account-store.ts";
import type { PersonalData } from "../personal-data.ts";
import { parseAddressText } from "./address.ts";
import type { AddressEvents } from "./address-events.ts";
import { type AddressKey, countEvent, lockAddress, ownerOfAddress, readAddressKeys } from "./address-store.ts";

export interface TellDeps extends Pick<Backbone, "db" | "outbox"> {
  readonly personalData: PersonalData;
  readonly addressEvents: AddressEvents;
}

/** All addresses there ever were, as the owner of their compacted topic. */
export function ownerOfAddresses(deps: TellDeps): CompactedOwner {
  return {
    topic: usersAddressV1,
    readPage: (after = "0", limit) => readAddressKeys(deps.db, { after, limit }),
    async emitAgain(keys) {
      let told = 0;
      for (const key of keys) if (await tellAddressAgain(deps, key)) told += 1;
      return told;
    },
  };
}

/** Publishes the address, or its tombstone, once more and under the current transport key; false when it has moved on. */
export function tellAddressAgain(
  { db, outbox, personalData, addressEvents }: TellDeps,
  { key: addressId, seq }: AddressKey,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const userId = await ownerOfAddress(trx, addressId);
    if (userId === undefined) return false;
    // The account first, as everybody who writes addresses.
    const account = await lockAccount(trx, userId);
    const known = await lockAddress(trx, addressId);
    if (known?.seq !== seq) return false;
    const { cipher, isDefault } = known;
    const next = { addressId, userId, seq: seq + 1, isDefault };
    const id = eventIdV7();
    const origin = {
      cause: { correlationId: id, causationId: id, traceparent: traceparentFrom(undefined) },
      now: await databaseNow(trx),
    };
    if (cipher === null) {
      await countEvent(trx, { ...next, transportKey: null });
      await outbox.append(trx, [addressEvents.removed(next)], origin);
      return true;
    }
    if (account === undefined) return false;
    const fields = parseAddressText(personalData.openAddress(account.owner, addressId, cipher));
    await countEvent(trx, { ...next, transportKey: addressEvents.transportKey });
    await outbox.append(trx, [addressEvents.changed({ ...next, fields })], origin);
    return true;
  });
}
