import { replication } from "#platform/consumer/reaction.ts";
import { AddressChanged } from "#schemas/event-types.ts";
import { requireId, requireKey } from "#platform/consumer/event-checks.ts";
import { keep, type Replicas } from "../replicas.ts";

export const keepAddressOnAddressChanged = replication({
  on: AddressChanged,
  decide({ addresses }: Replicas, address, _now, { key }) {
    requireKey(address?.addressId ?? key, key);
    if (address) requireId(address.userId, "userId");
    // The ciphertext of a removed address goes; its owner stays, so that nobody else's request learns that it was there.
    const { userId = "0" as AddressChanged["userId"] } = address ?? addresses.rows.get(key) ?? {};
    const state = address ?? { userId, keyId: "", ciphertext: null };
    keep(addresses, key, { ...state, addressId: key as AddressChanged["addressId"], deleted: address === null });
  },
});
