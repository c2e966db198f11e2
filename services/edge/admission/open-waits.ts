/** How many requests each caller holds open. Without a limit one of them could take every connection kept for waiting. */
import { rateLimited } from "./rate-limited.ts";
import { countedAs, type Exchange } from "../exchange.ts";

/** Counts one more for the caller, until its response is closed; throws 429 RATE_LIMITED beyond the limit. */
export type AdmitWait = (exchange: Exchange) => void;

// A tenth of what is kept for waiting; a client with many tabs, or a test with forty buyers of one account, stays below.
const EACH = 100;
const RETRY_AFTER_MS = 1_000;

export function createAdmitWait(note: (exchange: Exchange) => void): AdmitWait {
  const open = new Map<string, number>();
  return (exchange) => {
    const { response } = exchange;
    const who = countedAs(exchange);
    const count = open.get(who) ?? 0;
    if (count >= EACH) {
      note(exchange);
      throw rateLimited(RETRY_AFTER_MS);
    }
    if (response.closed) return;
    open.set(who, count + 1);
    response.once("close", () => {
      const left = (open.get(who) ?? 1) - 1;
      if (left === 0) open.delete(who);
      else open.set(who, left);
    });
  };
}
