/**
 * Look-up of encrypted values: equal values give equal bytes, and without the key nothing can be guessed from them. It
 * does show which rows share a value, so it belongs only on columns that are searched.
 */
import { createHmac, createSecretKey } from "node:crypto";

/** `label` keeps equal values of different columns apart; normalise the value before. */
export type BlindIndex = (label: string, value: string) => Buffer;

export function createBlindIndex(key: Buffer): BlindIndex {
  const secret = createSecretKey(key);
  return (label, value) => createHmac("sha256", secret).update(`${label}\0${value}`).digest();
}

/** Compatibility form, no outer blanks, lower case. */
export function normaliseEmail(email: string): string {
  return email.normalize("NFKC").trim().toLowerCase();
}

/** Digits only, without the mainland prefix. */
export function normalisePhone(phone: string): string {
  const digits = phone.normalize("NFKC").replace(/[^0-9+]/g, "");
  return digits.replace(/^(?:\+|00)86/, "").replace("+", "");
}
