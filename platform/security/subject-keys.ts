/**
 * One data key per person, stored only wrapped by a master key. Destroying the wrapped key makes everything encrypted
 * under it unreadable for ever, in backups too; that holds once the small cache here has dropped it (5 minutes at most)
 * in every process.
 */
import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { createFieldCipher, type FieldCipher, type KeyRing } from "./field-cipher.ts";

export interface SubjectKeys {
  /** A new data key for this subject, wrapped; to be stored beside the subject. */
  newWrappedKey(subject: string): Buffer;
  /** The cipher of this subject; throws CIPHERTEXT_INVALID when the wrapped key belongs to someone else. */
  unwrap(wrapped: Buffer, subject: string): FieldCipher;
  /** The same data key under the current master key, or undefined when it already is. */
  rewrap(wrapped: Buffer, subject: string): Buffer | undefined;
}

const CACHED = 2_000;
const CACHED_MS = 300_000;
/** The data key's id inside ciphertexts; a subject has only ever one. */
const DATA_KEY = "d";

export function createSubjectKeys(masterKeys: KeyRing): SubjectKeys {
  const master = createFieldCipher(masterKeys);
  const ciphers = new LRUCache<string, FieldCipher>({ max: CACHED, ttl: CACHED_MS });
  const place = (subject: string): string => `subject-key:${subject}`;
  return {
    newWrappedKey: (subject) => master.encrypt(randomBytes(32).toString("base64"), place(subject)),
    unwrap(wrapped, subject) {
      const cacheKey = `${subject}:${wrapped.toString("base64")}`;
      const cached = ciphers.get(cacheKey);
      if (cached !== undefined) return cached;
      const dataKey = Buffer.from(master.decrypt(wrapped, place(subject)), "base64");
      const cipher = createFieldCipher({ current: DATA_KEY, keys: new Map([[DATA_KEY, dataKey]]) });
      ciphers.set(cacheKey, cipher);
      return cipher;
    },
    rewrap(wrapped, subject) {
      if (!master.isStale(wrapped)) return undefined;
      return master.encrypt(master.decrypt(wrapped, place(subject)), place(subject));
    },
  };
}
