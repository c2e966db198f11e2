import type { IncomingMessage } from "node:http";
import type { Caller } from "#platform/http/route.ts";
import type { TokenVerifier } from "#platform/security/access-token.ts";
import type { SessionCheck } from "./check-session.ts";
import { ANONYMOUS } from "./exchange.ts";

/** Who sent the request: anonymous without a token; undefined when the token is not, or no longer, good. */
export type IdentifyCaller = (request: IncomingMessage) => Promise<Caller | undefined>;

const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;

export function createIdentifyCaller(verifier: TokenVerifier, isAlive: SessionCheck): IdentifyCaller {
  return async ({ headers: { authorization } }) => {
    if (authorization === undefined) return ANONYMOUS;
    const token = BEARER.exec(authorization)?.[1];
    const verified = token === undefined ? undefined : await verifier.verify(token);
    if (verified === undefined || !(await isAlive(verified.sid))) return undefined;
    return { userId: verified.userId, roles: verified.roles };
  };
}
