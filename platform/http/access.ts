/** Who calls, and whether a route is for them. Deny is the default: what is not granted here is refused. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { verifyIdentity } from "../security/identity.ts";
import { clientError } from "./problem.ts";
import type { Access, Caller } from "./route.ts";

export interface Authenticated {
  readonly caller: Caller;
  /** The id this request already has, from a source that may be believed. */
  readonly requestId?: string;
}

/** Who calls; undefined when the caller cannot be believed. An anonymous caller has `userId` null. */
export type Authenticate = (request: IncomingMessage, path: string) => Promise<Authenticated | undefined>;

const REQUEST_ID = /^[\w.-]{8,64}$/;

/** Believes a valid Mall-Identity for this service and nothing else. */
export function authenticateByIdentity(audience: string, key: Buffer): Authenticate {
  return async (request) => {
    const header = request.headers["mall-identity"] as string | undefined;
    const identity = verifyIdentity(header, { key, audience, nowSeconds: Math.floor(Date.now() / 1000) });
    if (identity === undefined) return undefined;
    const caller = { userId: identity.sub, roles: identity.roles };
    return REQUEST_ID.test(identity.requestId) ? { caller, requestId: identity.requestId } : { caller };
  };
}

/** Believes `Authorization: Bearer <base64 of the key>`. */
export function authenticateByOpsKey(key: Buffer): Authenticate {
  return async (request) => {
    const given = Buffer.from((request.headers.authorization ?? "").replace(/^Bearer /, ""), "base64");
    if (given.length !== key.length || !timingSafeEqual(given, key)) return undefined;
    return { caller: { userId: null, roles: ["ops"] } };
  };
}

/** Throws 401 when the route needs someone signed in, 403 when it needs another role. */
export function checkAccess(access: Access, caller: Caller, isOpsRoute: boolean): void {
  // A signed route is checked by its signature, once the body is there.
  if (access === "anyone" || access === "signed" || isOpsRoute) return;
  if (caller.userId === null) throw clientError("UNAUTHENTICATED", "Please sign in", 401);
  if (access !== "holder" && !caller.roles.includes(access)) throw clientError("FORBIDDEN", "Not for this role", 403);
}
