/** Fingerprints of requests for idempotency keys. */
import { createHash } from "node:crypto";

/** SHA-256 of the body's RFC 8785 form: the same for the same JSON, whatever its spacing and key order. 32 bytes. */
export function requestHash(body: unknown): Buffer {
  return createHash("sha256").update(canonicalJson(body)).digest();
}

/** First 16 bytes of the key's SHA-256: what a row keeps for ever of the key that made it. */
export function clientKey(idempotencyKey: string): Buffer {
  return createHash("sha256").update(idempotencyKey).digest().subarray(0, 16);
}

/** RFC 8785: keys in UTF-16 order, no spaces; numbers and strings are already as ECMAScript writes them. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}
