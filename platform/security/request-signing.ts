/**
 * Signed requests of partners, apps and gateways. Guarantees, when it says ok, that a holder of the key signed exactly
 * this method, path, query and body within the last 60 s, and that this nonce was not used before as far as the nonce
 * store remembers. It does not say what the key's holder may do.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** How far apart the clocks of signer and verifier may be, and how old a signature. */
export const WINDOW_SECONDS = 60;

export interface SignedParts {
  readonly method: string;
  /** Path as the client sees it, as it stands on the wire, without the query. */
  readonly path: string;
  /** Raw query string without "?"; empty when there is none. */
  readonly query: string;
  readonly body: Uint8Array;
}

export interface SignatureHeaders {
  readonly "Mall-Key-Id": string;
  readonly "Mall-Created": string;
  readonly "Mall-Nonce": string;
  readonly "Mall-Signature": string;
}

export type SignatureVerdict =
  | { readonly ok: true; readonly keyId: string }
  | { readonly ok: false; readonly reason: "missing" | "unknown-key" | "mismatch" | "out-of-window" | "replayed" };

export interface SignatureCheck {
  /** One header's value by its lower-case name. */
  header(name: string): string | undefined;
  /** The secret of a key id; several ids may be valid at once, for rotation. */
  secretOf(keyId: string): Buffer | undefined;
  readonly nowSeconds: number;
  /** False when the nonce was seen before. Called only once the signature is verified, so nobody else can burn nonces. */
  rememberNonce(keyId: string, nonce: string, createdSeconds: number): Promise<boolean>;
}

/** The four headers that sign a request; `createdSeconds` is Unix time. */
export function signRequest(
  parts: SignedParts & { keyId: string; createdSeconds: number; nonce?: string },
  secret: Buffer,
): SignatureHeaders {
  const nonce = parts.nonce ?? randomBytes(16).toString("hex");
  const created = String(parts.createdSeconds);
  return {
    "Mall-Key-Id": parts.keyId,
    "Mall-Created": created,
    "Mall-Nonce": nonce,
    "Mall-Signature": sign([...signedLines(parts), parts.keyId, created, nonce], secret).toString("hex"),
  };
}

/** Verifies the four headers against the request; rejects only when the nonce store is out of reach. */
export async function verifyRequestSignature(parts: SignedParts, check: SignatureCheck): Promise<SignatureVerdict> {
  const keyId = check.header("mall-key-id");
  const created = check.header("mall-created");
  const nonce = check.header("mall-nonce");
  const signature = check.header("mall-signature");
  if (!keyId || !/^\d{1,12}$/.test(created ?? "") || !/^[\w-]{16,64}$/.test(nonce ?? "")) return refused("missing");
  if (!/^[0-9a-f]{64}$/.test(signature ?? "")) return refused("missing");
  const secret = check.secretOf(keyId);
  if (secret === undefined) return refused("unknown-key");
  const expected = sign([...signedLines(parts), keyId, String(created), String(nonce)], secret);
  if (!timingSafeEqual(expected, Buffer.from(String(signature), "hex"))) return refused("mismatch");
  if (Math.abs(check.nowSeconds - Number(created)) > WINDOW_SECONDS) return refused("out-of-window");
  const fresh = await check.rememberNonce(keyId, String(nonce), Number(created));
  return fresh ? { ok: true, keyId } : refused("replayed");
}

function refused(reason: Exclude<SignatureVerdict, { ok: true }>["reason"]): SignatureVerdict {
  return { ok: false, reason };
}

function signedLines({ method, path, query, body }: SignedParts): string[] {
  return [method.toUpperCase(), path, sortedQuery(query), createHash("sha256").update(body).digest("hex")];
}

function sign(lines: readonly string[], secret: Buffer): Buffer {
  return createHmac("sha256", secret).update(lines.join("\n")).digest();
}

/** Pairs decoded, sorted by key and then value in code-unit order, duplicates kept, encoded again. */
export function sortedQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .sort(([keyA, valueA], [keyB, valueB]) => compare(keyA, keyB) || compare(valueA, valueB))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join("&");
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
