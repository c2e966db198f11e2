/**
 * Partners and apps sign their requests instead of signing in (`platform/security/request-signing.ts` says how). A key
 * stands for its partner: its user, if it has one, and its roles. For rotation a partner simply holds two keys at once.
 */
import type { AppError } from "#platform/errors/app-error.ts";
import type { Caller } from "#platform/http/route.ts";
import { clientError } from "#platform/http/problem.ts";
import type { NonceStore } from "#platform/security/nonce-store.ts";
import { verifyRequestSignature, WINDOW_SECONDS } from "#platform/security/request-signing.ts";
import type { Exchange } from "./exchange.ts";
import type { SecurityLog } from "./security-log.ts";

export interface PartnerKey {
  /** Base64. */
  readonly secret: string;
  /** On whose behalf the partner acts. Without one it owns nothing: no row belongs to user 0. */
  readonly userId?: string | undefined;
  readonly roles: readonly string[];
}

export interface Partner {
  readonly keyId: string;
  readonly caller: Caller;
}

export interface IdentifyPartner {
  /** Who the request says signed it, as far as that can be without its body; throws 401 SIGNATURE_INVALID. */
  claimed(exchange: Exchange): Partner;
  /** Who signed the request; rejects with 401 SIGNATURE_INVALID, and with 503 when the store of nonces is away. */
  proven(exchange: Exchange, body: Uint8Array): Promise<Partner>;
}

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
      { keyId, secret: Buffer.from(secret, "base64"), caller: { userId, roles } },
    ]),
  );
  const refuse = (exchange: Exchange, reason: string): AppError => {
    security.note(reason === "replayed" ? "replay-refused" : "signature-refused", exchange, { reason });
    return clientError("SIGNATURE_INVALID", "The signature is not valid", 401);
  };
  const claimed = (exchange: Exchange): Partner => {
    const { headers } = exchange.request;
    const partner = partners.get(String(headers["mall-key-id"]));
    if (partner === undefined) throw refuse(exchange, "unknown-key");
    const apartSeconds = Math.abs(nowSeconds() - Number(headers["mall-created"]));
    // Also when it is no number.
    if (!(apartSeconds <= WINDOW_SECONDS)) throw refuse(exchange, "out-of-window");
    return partner;
  };
  const proven = async (exchange: Exchange, body: Uint8Array): Promise<Partner> => {
    const { request } = exchange;
    // The path and the query as the client signed them: with /api.
    const [path, query] = splitOnce(request.url ?? "");
    const verdict = await verifyRequestSignature(
      { method: request.method ?? "", path, query, body },
      {
        header: (name) => request.headers[name] as string | undefined,
        secretOf: (keyId) => partners.get(keyId)?.secret,
        nowSeconds: nowSeconds(),
        rememberNonce: (keyId, nonce, created) => nonces.remember(keyId, nonce, created),
      },
    );
    const partner = verdict.ok ? partners.get(verdict.keyId) : undefined;
    if (partner !== undefined) return partner;
    throw refuse(exchange, verdict.ok ? "unknown-key" : verdict.reason);
  };
  return { claimed, proven };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

function splitOnce(url: string): [string, string] {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}
