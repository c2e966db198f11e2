/**
 * Personal data as it lies in the tables: each value under the data key of the person it belongs to and tied to its
 * column and row; phone and e-mail beside it as keyed hashes, because people sign in by them.
 */
import { createBlindIndex, normaliseEmail, normalisePhone } from "#platform/security/blind-index.ts";
import type { KeyRing } from "#platform/security/field-cipher.ts";
import { createSubjectKeys } from "#platform/security/subject-keys.ts";

/** A person and the wrapped data key that opens what is theirs. */
export interface Owner {
  readonly userId: string;
  readonly wrappedKey: Buffer;
}

export interface Contact {
  readonly phone: string | null;
  readonly email: string | null;
}

export interface SealedContact {
  readonly phoneCipher: Buffer | null;
  readonly phoneIndex: Buffer | null;
  readonly emailCipher: Buffer | null;
  readonly emailIndex: Buffer | null;
}

export interface PersonalData {
  newOwner(userId: string): Owner;
  phoneIndex(phone: string): Buffer;
  emailIndex(email: string): Buffer;
  sealContact(owner: Owner, contact: Contact): SealedContact;
  openContact(owner: Owner, sealed: Pick<SealedContact, "phoneCipher" | "emailCipher">): Contact;
  /** `text`: the address as JSON. */
  sealAddress(owner: Owner, addressId: string, text: string): Buffer;
  openAddress(owner: Owner, addressId: string, sealed: Buffer): string;
}

export function createPersonalData(keys: { masterKeys: KeyRing; blindIndexKey: Buffer }): PersonalData {
  const subjects = createSubjectKeys(keys.masterKeys);
  const index = createBlindIndex(keys.blindIndexKey);
  const cipherOf = ({ userId, wrappedKey }: Owner) => subjects.unwrap(wrappedKey, userId);
  const phoneIndex = (phone: string): Buffer => index("ums_user.phone", normalisePhone(phone));
  const emailIndex = (email: string): Buffer => index("ums_user.email", normaliseEmail(email));
  return {
    newOwner: (userId) => ({ userId, wrappedKey: subjects.newWrappedKey(userId) }),
    phoneIndex,
    emailIndex,
    sealContact(owner, { phone, email }) {
      const cipher = cipherOf(owner);
      return {
        phoneCipher: phone === null ? null : cipher.encrypt(phone, phonePlace(owner.userId)),
        phoneIndex: phone === null ? null : phoneIndex(phone),
        emailCipher: email === null ? null : cipher.encrypt(email, emailPlace(owner.userId)),
        emailIndex: email === null ? null : emailIndex(email),
      };
    },
    openContact(owner, { phoneCipher, emailCipher }) {
      const cipher = cipherOf(owner);
      return {
        phone: phoneCipher === null ? null : cipher.decrypt(phoneCipher, phonePlace(owner.userId)),
        email: emailCipher === null ? null : cipher.decrypt(emailCipher, emailPlace(owner.userId)),
      };
    },
    sealAddress: (owner, addressId, text) => cipherOf(owner).encrypt(text, addressPlace(addressId)),
    openAddress: (owner, addressId, sealed) => cipherOf(owner).decrypt(sealed, addressPlace(addressId)),
  };
}

const phonePlace = (userId: string): string => `ums_user:phone:${userId}`;
const emailPlace = (userId: string): string => `ums_user:email:${userId}`;
const addressPlace = (addressId: string): string => `ums_address:address:${addressId}`;
