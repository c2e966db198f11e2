import type { Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { type ChangeDeps, changeOrder } from "./change-order.ts";
import { lockOwnOrder } from "./order-store.ts";
import { cancelByShopper, type Order } from "./order.ts";
import { countCancel } from "./shopper-store.ts";

export interface CancelDeps extends ChangeDeps {
  /** Per shopper; 0 = no limit. */
  readonly maxCancelsPerHour: number;
}

// Whoever has used up an hour of them waits for about the rest of it; the exact moment is nobody's business.
const TOO_MANY: Refusal = { refused: "RATE_LIMITED", status: 429, retryAfterSeconds: 600 };

/** By its owner, while nobody has paid. The note stays here: it is in no event. */
export function cancelOrder(
  deps: CancelDeps,
  request: { orderId: string; userId: string; note: string | null; cause: Cause },
): Promise<Order | Refusal> {
  const { maxCancelsPerHour: limit } = deps;
  return changeOrder(deps, {
    lock: (trx) => lockOwnOrder(trx, request),
    decide: (order, now) => cancelByShopper(order, request.note, now),
    permit: async (trx) => (limit === 0 || (await countCancel(trx, request.userId, limit)) ? undefined : TOO_MANY),
    cause: request.cause,
  });
}
