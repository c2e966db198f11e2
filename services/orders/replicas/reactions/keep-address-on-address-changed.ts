import { replication } from "#platform/consumer/reaction.ts";
import { AddressChanged } from "#schemas/event-types.ts";
import { requireId, requireKey } from "../../event-checks.ts";
import type { Replicas } from "../replicas.ts";

export const keepAddressOnAddressChanged = replication({
  on: AddressChanged,
  decide({ addresses }: Replicas, address, _now, { key }) {
    requireKey(address?.addressId ?? key, key);
    if (address) requireId(address.userId, "userId");
    addresses.put(key, address);
  },
});
