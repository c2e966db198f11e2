import type { OutgoingEvent } from "#platform/outbox/outgoing.ts";
import { outgoing } from "#platform/outbox/outgoing.ts";
import { createFieldCipher, type KeyRing } from "#platform/security/field-cipher.ts";
import { AddressChanged, type AddressId, type UserId } from "#schemas/event-types.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { type Address, addressText } from "./address.ts";

export interface AddressEvents {
  /** The id of the key under which addresses travel now. */
  readonly transportKey: string;
  /** `address` as it is after the change, its `seq` included. */
  changed(address: Address): OutgoingEvent;
  /** The tombstone. */
  removed(address: { addressId: string; seq: number }): OutgoingEvent;
}

/** `transportKeys` are known to the services that may read addresses, and to no other. */
export function createAddressEvents(transportKeys: KeyRing): AddressEvents {
  const cipher = createFieldCipher(transportKeys);
  return {
    transportKey: transportKeys.current,
    changed(address) {
      const { addressId, userId, seq } = address;
      const aad = `${usersAddressV1.name}:${addressId}:${userId}`;
      const value = {
        addressId: addressId as AddressId,
        userId: userId as UserId,
        keyId: transportKeys.current,
        ciphertext: cipher.encrypt(addressText(address.fields), aad),
      };
      return outgoing(usersAddressV1, AddressChanged, { key: addressId, seq, value });
    },
    removed: ({ addressId, seq }) => outgoing(usersAddressV1, AddressChanged, { key: addressId, seq, value: null }),
  };
}
