/**
 * What a guard would write down: one line each, found by its field `security`. It says who (user, address) and where
 * (route), never what was sent; every value is a JSON string, so none can break its line. Of what a caller can bring
 * about as often as it likes there is one line a second, and then one that says how often it came again.
 */
import { LRUCache } from "lru-cache";
import type { Logger } from "#platform/logging/logger.ts";
import { countedAs, type Exchange } from "./exchange.ts";

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

interface Repeated {
  readonly line: object;
  again: number;
}

// Whoever is refused may come again hundreds of times a second: that must not fill the disk instead.
const REPEATED: ReadonlySet<SecurityEvent> = new Set([
  "token-refused",
  "access-denied",
  "signature-refused",
  "replay-refused",
  "limit-hit",
  "black-list-hit",
]);
const ONCE_PER_MS = 1_000;
const KNOWN = 10_000;

export function createSecurityLog(log: Logger): SecurityLog {
  const recent = new LRUCache<string, Repeated>({
    max: KNOWN,
    ttl: ONCE_PER_MS,
    ttlAutopurge: true,
    dispose({ line, again }) {
      if (again > 0) log.warn({ ...line, again }, "security");
    },
  });
  return {
    note(event, exchange, fields = {}) {
      const { address, requestId, route, request, caller } = exchange;
      const isRepeated = REPEATED.has(event);
      const what = `${event} ${fields["limit"] ?? ""} ${countedAs(exchange)}`;
      const known = isRepeated ? recent.get(what) : undefined;
      if (known !== undefined) {
        known.again += 1;
        return;
      }
      const where = { method: request.method, route: route?.path ?? "unmatched" };
      const line = { security: event, address, userId: caller.userId, requestId, ...where, ...fields };
      if (isRepeated) recent.set(what, { line, again: 0 });
      if (event === "login-succeeded") log.info(line, "security");
      else log.warn(line, "security");
    },
  };
}
