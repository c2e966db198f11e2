/**
 * Delivery addresses between their two ciphers: they come in events under a transport key, and stay in orders under the
 * shopper's own key, so that destroying that key makes them unreadable everywhere.
 */
import { z } from "zod";
import { AppError } from "#platform/errors/app-error.ts";
import { createFieldCipher, type KeyRing } from "#platform/security/field-cipher.ts";
import { maskName, maskPhone, maskStreet } from "#platform/security/masking.ts";
import { createSubjectKeys } from "#platform/security/subject-keys.ts";

export const addressShape = z.object({
  receiver: z.string(),
  phone: z.string(),
  region: z.string(),
  city: z.string(),
  district: z.string(),
  street: z.string(),
  postalCode: z.string().nullable().default(null),
});

export type Address = z.output<typeof addressShape>;

/** An order's snapshot, and the wrapped key of the shopper it belongs to. */
export interface SealedAddress {
  readonly userId: string;
  readonly wrappedKey: Buffer;
  readonly sealed: Buffer;
}

export interface AddressVault {
  newWrappedKey(userId: string): Buffer;
  /** The same key under the current master key; undefined when it already is. */
  rewrap(wrappedKey: Buffer, userId: string): Buffer | undefined;
  /** The address that an AddressChanged event carried; throws 503 when it was made for another place or under no key known here. */
  openEvent(event: { addressId: string; userId: string; ciphertext: Buffer }): Address;
  seal(address: Address, orderId: string, owner: { userId: string; wrappedKey: Buffer }): Buffer;
  open(orderId: string, snapshot: SealedAddress): Address;
}

export function createAddressVault(keys: { transport: KeyRing; master: KeyRing }): AddressVault {
  const transport = createFieldCipher(keys.transport);
  const subjects = createSubjectKeys(keys.master);
  return {
    newWrappedKey: (userId) => subjects.newWrappedKey(userId),
    rewrap: (wrappedKey, userId) => subjects.rewrap(wrappedKey, userId),
    openEvent: ({ addressId, userId, ciphertext }) =>
      readAddress(() => transport.decrypt(ciphertext, `users.address.v1:${addressId}:${userId}`)),
    seal: (address, orderId, { userId, wrappedKey }) =>
      subjects.unwrap(wrappedKey, userId).encrypt(JSON.stringify(address), placeOf(orderId)),
    open: (orderId, { userId, wrappedKey, sealed }) =>
      readAddress(() => subjects.unwrap(wrappedKey, userId).decrypt(sealed, placeOf(orderId))),
  };
}

// A key that this process does not have yet, or bytes that somebody forged: no fault of whoever asks, who may try again.
function readAddress(decrypt: () => string): Address {
  try {
    return addressShape.parse(JSON.parse(decrypt()));
  } catch (cause) {
    throw new AppError({
      code: "SERVICE_UNAVAILABLE",
      message: "The address cannot be read at the moment",
      status: 503,
      retry: "later",
      retryAfterSeconds: 5,
      cause,
    });
  }
}

/** What anybody but its owner may see of it. */
export function maskAddress(address: Address): Address {
  const { receiver, phone, street } = address;
  return { ...address, receiver: maskName(receiver), phone: maskPhone(phone), street: maskStreet(street) };
}

const placeOf = (orderId: string): string => `oms_order:address:${orderId}`;
