/**
 * Partners and apps sign their requests instead of signing in (`platform/security/request-signing.ts` says how). A key
 * stands for its partner: its user, if it has one, and its roles. For rotation a partner simply holds two keys at once.
 */
import type { Caller } from "#platform/http/route.ts";
import { clientError } from "#platform/http/problem.ts";
import type { NonceStore } from "#platform/security/nonce-store.ts";
import { verifyRequestSignature } from "#platform/security/request-signing.ts";
import type { Exchange } from "./exchange.ts";
import type { SecurityLog } from "./security-log.ts";

export interface PartnerKey {
  /** Base64. */
  readonly secret: string;
  /** On whose behalf the partner acts. Without one it owns nothing: no row belongs to user 0. */
  readonly userId?: string | undefined;
  readonly roles: readonly string[];
}

/** Who signed the request; rejects with 401 SIGNATURE_INVALID, and with 503 when the store of nonces is away. */
export type IdentifyPartner = (exchange: Exchange, body: Uint8Array) => Promise<Caller>;

const NOBODY = "0";

/** A request that brings a token is that of the token, whatever else it carries. */
export function isSigned({ request: { headers } }: Exchange): boolean {
  return headers["mall-key-id"] !== undefined && headers.authorization === undefined;
}

export function createIdentifyPartner(deps: {
  readonly keys: Readonly<Record<string, PartnerKey>>;
  readonly nonces: NonceStore;
  readonly security: SecurityLog;
}): IdentifyPartner {
  const { nonces, security } = deps;
  const partners = new Map(
    Object.entries(deps.keys).map(([keyId, { secret, userId = NOBODY, roles }]) => [
      keyId,
      { secret: Buffer.from(secret, "base64"), caller: { userId, roles } },
    ]),
  );
  return async (exchange, body) => {
    const { request } = exchange;
    // The path and the query as the client signed them: with /api.
    const [path, query] = splitOnce(request.url ?? "");
    const verdict = await verifyRequestSignature(
      { method: request.method ?? "", path, query, body },
      {
        header: (name) => request.headers[name] as string | undefined,
        secretOf: (keyId) => partners.get(keyId)?.secret,
        nowSeconds: Math.floor(Date.now() / 1_000),
        rememberNonce: (keyId, nonce, created) => nonces.remember(keyId, nonce, created),
      },
    );
    const caller = verdict.ok ? partners.get(verdict.keyId)?.caller : undefined;
    if (caller !== undefined) return caller;
    const reason = verdict.ok ? "unknown-key" : verdict.reason;
    security.note(reason === "replayed" ? "replay-refused" : "signature-refused", exchange, { reason });
    throw clientError("SIGNATURE_INVALID", "The signature is not valid", 401);
  };
}

function splitOnce(url: string): [string, string] {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}
