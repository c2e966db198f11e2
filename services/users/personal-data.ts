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

/** The keyed hashes under which one value may be stored: by the key in use, and by the other one while two are known. */
export type IndexForms = readonly [inUse: Buffer, other?: Buffer];

export interface PersonalData {
  newOwner(userId: string): Owner;
  /** The owner with the same data key under the current master key, or undefined when it already is. */
  rewrap(owner: Owner): Owner | undefined;
  phoneIndex(phone: string): IndexForms;
  emailIndex(email: string): IndexForms;
  sealContact(owner: Owner, contact: Contact): SealedContact;
  openContact(owner: Owner, sealed: Pick<SealedContact, "phoneCipher" | "emailCipher">): Contact;
  /** `text`: the address as JSON. */
  sealAddress(owner: Owner, addressId: string, text: string): Buffer;
  openAddress(owner: Owner, addressId: string, sealed: Buffer): string;
}

export interface PersonalDataKeys {
  readonly masterKeys: KeyRing;
  readonly blindIndexKey: Buffer;
  /** The other of the two keys while one is replaced. */
  readonly otherBlindIndexKey?: Buffer | undefined;
}

export function createPersonalData(keys: PersonalDataKeys): PersonalData {
  const subjects = createSubjectKeys(keys.masterKeys);
  const index = createBlindIndex(keys.blindIndexKey);
  const otherIndex = keys.otherBlindIndexKey && createBlindIndex(keys.otherBlindIndexKey);
  const formsOf = (label: string, value: string): IndexForms =>
    otherIndex === undefined ? [index(label, value)] : [index(label, value), otherIndex(label, value)];
  const cipherOf = ({ userId, wrappedKey }: Owner) => subjects.unwrap(wrappedKey, userId);
  const phoneIndex = (phone: string): IndexForms => formsOf("ums_user.phone", normalisePhone(phone));
  const emailIndex = (email: string): IndexForms => formsOf("ums_user.email", normaliseEmail(email));
  return {
    newOwner: (userId) => ({ userId, wrappedKey: subjects.newWrappedKey(userId) }),
    rewrap({ userId, wrappedKey }) {
      const rewrapped = subjects.rewrap(wrappedKey, userId);
      return rewrapped && { userId, wrappedKey: rewrapped };
    },
    phoneIndex,
    emailIndex,
    sealContact(owner, { phone, email }) {
      const cipher = cipherOf(owner);
      return {
        phoneCipher: phone === null ? null : cipher.encrypt(phone, phonePlace(owner.userId)),
        phoneIndex: phone === null ? null : phoneIndex(phone)[0],
        emailCipher: email === null ? null : cipher.encrypt(email, emailPlace(owner.userId)),
        emailIndex: email === null ? null : emailIndex(email)[0],
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
