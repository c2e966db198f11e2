/**
 * Who is let in at all, and how often: the black list, then the limits, from which the white list exempts. A limit of 0
 * is none. Requests are counted here and told to Redis afterwards, since they must not wait for it; log-ins and
 * registrations, each worth thousands of requests, are counted in Redis.
 */
import type { AppError } from "#platform/errors/app-error.ts";
import { clientError } from "#platform/http/problem.ts";
import type { Limit, Taken, TokenBuckets } from "#platform/security/token-buckets.ts";
import { countedAs, type Exchange } from "../exchange.ts";
import type { SecurityLog } from "../security-log.ts";
import type { AccessLists } from "./access-lists.ts";
import { limitedAddress } from "./client-address.ts";
import { createAdmitWait, type AdmitWait } from "./open-waits.ts";
import { rateLimited } from "./rate-limited.ts";

export interface LimitSettings {
  readonly addressRequestsPerS: number;
  readonly userRequestsPerS: number;
  readonly addressLoginsPerMin: number;
}

/** Each throws 403 FORBIDDEN or 429 RATE_LIMITED. */
export interface Admission {
  /** Before anything else is looked at. */
  admitAddress(exchange: Exchange): void;
  /** Once it is known who calls. */
  admitCaller(exchange: Exchange): void;
  /** Where an account is opened or entered. */
  admitLogin(exchange: Exchange): Promise<void>;
  /** Beside /api: nothing is counted there, and the machine's own probes always get in. */
  admitOpen(exchange: Exchange): void;
  /** Where the request may be held open. Not even the white list exempts: the connections are everybody's. */
  readonly admitWait: AdmitWait;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
// Guessing passwords and opening accounts each cost the hashing of a password; one does not use up the other.
const COUNTED_PER_MINUTE = new Map([
  ["/auth/login", "login"],
  ["/auth/register", "register"],
]);

export function createAdmission(deps: {
  readonly limits: LimitSettings;
  readonly lists: AccessLists;
  readonly buckets: TokenBuckets;
  readonly security: SecurityLog;
}): Admission {
  const { lists, buckets, security, limits } = deps;
  const perAddress = { name: "address", tokens: limits.addressRequestsPerS, windowMs: SECOND_MS };
  const perUser = { name: "user", tokens: limits.userRequestsPerS, windowMs: SECOND_MS };
  const perMinute = { tokens: limits.addressLoginsPerMin, windowMs: MINUTE_MS };
  const settle = (exchange: Exchange, limit: Limit, taken: Taken): void => {
    exchange.limited = { limit, taken };
    if (taken.allowed) return;
    security.note("limit-hit", exchange, { limit: limit.name });
    throw rateLimited(taken.retryAfterMs);
  };
  return {
    admitWait: createAdmitWait((exchange) => security.note("limit-hit", exchange, { limit: "waiting" })),
    admitOpen(exchange) {
      const { address } = exchange;
      if (!isLoopback(address) && lists.black.hasAddress(address)) throw forbidden(exchange, security);
    },
    admitAddress(exchange) {
      const { address } = exchange;
      if (lists.black.hasAddress(address)) throw forbidden(exchange, security);
      exchange.isExempt = lists.white.hasAddress(address);
      if (exchange.isExempt || perAddress.tokens === 0) return;
      settle(exchange, perAddress, buckets.take(perAddress, limitedAddress(address)));
    },
    admitCaller(exchange) {
      const { userId } = exchange.caller;
      if (userId === null) return;
      if (lists.black.hasUser(userId)) throw forbidden(exchange, security);
      if (exchange.isExempt || perUser.tokens === 0 || lists.white.hasUser(userId)) return;
      settle(exchange, perUser, buckets.take(perUser, countedAs(exchange)));
    },
    async admitLogin(exchange) {
      const name = COUNTED_PER_MINUTE.get(exchange.route?.path ?? "");
      if (name === undefined || exchange.isExempt || perMinute.tokens === 0) return;
      const limit = { ...perMinute, name };
      settle(exchange, limit, await buckets.takeShared(limit, limitedAddress(exchange.address)));
    },
  };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function forbidden(exchange: Exchange, security: SecurityLog): AppError {
  security.note("black-list-hit", exchange);
  return clientError("FORBIDDEN", "Not from here", 403);
}
