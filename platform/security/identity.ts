/**
 * Mall-Identity: how the edge tells a service on whose behalf it calls. Guarantees that only a holder of the target's
 * key could have made it, for this target, within the last 30 s. It may be replayed to the same service in that time,
 * and it says nothing about which rows the caller may see.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";

export const IDENTITY_HEADER = "Mall-Identity";
const VALID_SECONDS = 30;

export interface Identity {
  /** The signed-in user's id; null for an anonymous request. */
  readonly sub: string | null;
  readonly roles: readonly string[];
  readonly requestId: string;
}

export interface IdentityClaims extends Identity {
  /** Folder name of the target service. */
  readonly aud: string;
  /** Unix seconds. */
  readonly iat: number;
}

/** `v1.<base64url JSON>.<base64url HMAC-SHA256 over all before the last dot>` */
export function signIdentity(claims: IdentityClaims, key: Buffer): string {
  const { sub, roles, aud, iat, requestId } = claims;
  const signed = `v1.${Buffer.from(JSON.stringify({ sub, roles, aud, iat, requestId })).toString("base64url")}`;
  return `${signed}.${macOf(signed, key).toString("base64url")}`;
}

/** The identity, or undefined when anything about it is wrong: form, signature, audience, time. */
export function verifyIdentity(
  header: string | undefined,
  options: { key: Buffer; audience: string; nowSeconds: number },
): Identity | undefined {
  if (header === undefined || !header.startsWith("v1.") || header.length > 4_096) return undefined;
  const lastDot = header.lastIndexOf(".");
  const signed = header.slice(0, lastDot);
  const given = Buffer.from(header.slice(lastDot + 1), "base64url");
  const expected = macOf(signed, options.key);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claims = JSON.parse(Buffer.from(signed.slice(3), "base64url").toString()) as IdentityClaims;
  if (claims.aud !== options.audience || Math.abs(options.nowSeconds - claims.iat) > VALID_SECONDS) return undefined;
  return { sub: claims.sub, roles: claims.roles, requestId: claims.requestId };
}

// Node takes 5 µs for an HMAC with a prepared key and 25 µs with raw bytes, and this is done for every request.
const prepared = new WeakMap<Buffer, KeyObject>();

function macOf(text: string, key: Buffer): Buffer {
  const secret = prepared.get(key) ?? createSecretKey(key);
  prepared.set(key, secret);
  return createHmac("sha256", secret).update(text).digest();
}
