/**
 * What a guard would write down: one line each, found by its field `security`. It says who (user, address) and where
 * (route), never what was sent; every value is a JSON string, so none can break its line.
 */
import { LRUCache } from "lru-cache";
import type { Logger } from "#platform/logging/logger.ts";
import type { Exchange } from "./exchange.ts";

export type SecurityEvent =
  | "login-succeeded"
  | "login-failed"
  | "token-refused"
  | "access-denied"
  | "signature-refused"
  | "replay-refused"
  | "limit-hit"
  | "black-list-hit";

export interface SecurityLog {
  note(event: SecurityEvent, exchange: Exchange, fields?: Readonly<Record<string, string>>): void;
}

// Whoever runs into a limit does so hundreds of times a second: that must not fill the disk instead.
const REPEATED: ReadonlySet<SecurityEvent> = new Set(["limit-hit", "black-list-hit"]);
const ONCE_PER_MS = 1_000;
const KNOWN = 10_000;

export function createSecurityLog(log: Logger): SecurityLog {
  const recent = new LRUCache<string, true>({ max: KNOWN, ttl: ONCE_PER_MS });
  return {
    note(event, exchange, fields = {}) {
      const { address, requestId, route, request, caller } = exchange;
      if (REPEATED.has(event)) {
        const who = `${event} ${fields["limit"] ?? ""} ${caller.userId ?? address}`;
        if (recent.has(who)) return;
        recent.set(who, true);
      }
      const where = { method: request.method, route: route?.path ?? "unmatched" };
      const line = { security: event, address, userId: caller.userId, requestId, ...where, ...fields };
      if (event === "login-succeeded") log.info(line, "security");
      else log.warn(line, "security");
    },
  };
}
