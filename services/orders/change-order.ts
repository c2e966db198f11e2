/** What every command on an existing order shares: lock it, decide, and commit rows, history and events together. */
import { databaseNow, inTransaction, rollback } from "#platform/database/database.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { numbered } from "./order-events.ts";
import { insertHistory, saveOrders } from "./order-store.ts";
import type { Change, Order, Refused } from "./order.ts";

export interface ChangeDeps extends Pick<Backbone, "db" | "outbox"> {
  /** Call after each commit: sends what waits in the outbox and wakes who waits for the order. */
  committed(): void;
}

type Transaction = Parameters<Parameters<typeof inTransaction>[1]>[0];

export interface OrderCommand {
  lock(trx: Transaction): Promise<Order | undefined>;
  decide(order: Order, now: Date): Change | Refused;
  /** A further condition, checked once the decision is a yes. */
  permit?(trx: Transaction): Promise<Refusal | undefined>;
  readonly cause: Cause;
}

export const NO_SUCH_ORDER: Refusal = { refused: "NOT_FOUND", status: 404 };

/** The order as it is after the command, or why not; nothing is written in that case. */
export async function changeOrder(deps: ChangeDeps, command: OrderCommand): Promise<Order | Refusal> {
  const outcome = await inTransaction<Order | Refusal>(deps.db, async (trx) => {
    const order = await command.lock(trx);
    if (!order) return NO_SUCH_ORDER;
    const now = await databaseNow(trx);
    const change = command.decide(order, now);
    if (typeof change === "string") return { refused: change };
    if (change.facts.length === 0) return order;
    const refusal = await command.permit?.(trx);
    if (refusal) return rollback(refusal);
    const result = numbered(change, [], now);
    await saveOrders(trx, [result.order]);
    await insertHistory(trx, result.history);
    await deps.outbox.append(trx, result.events, command.cause, now);
    return result.order;
  });
  deps.committed();
  return outcome;
}
