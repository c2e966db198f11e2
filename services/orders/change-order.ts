/** What every command on an existing order shares: lock it, decide, and commit rows, history and events together. */
import { databaseNow, inTransaction, rollback } from "#platform/database/database.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { numbered } from "./order-events.ts";
import { saveOrders } from "./order-store.ts";
import type { Change, Order, Refused } from "./order.ts";

export interface ChangeDeps extends Pick<Backbone, "db" | "outbox"> {
  /** Call after each commit: sends what waits in the outbox and wakes who waits for the order. */
  committed(): void;
}

export type Transaction = Parameters<Parameters<typeof inTransaction>[1]>[0];

export interface OrderCommand {
  lock(trx: Transaction): Promise<Order | undefined>;
  decide(order: Order, now: Date): Change | Refused;
  /** A further condition, checked once the decision is a yes. */
  permit?(trx: Transaction): Promise<Refusal | undefined>;
  /** What else is written with the change. */
  also?(trx: Transaction, order: Order): Promise<void>;
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
    const [changed] = await commitChanges(trx, deps, { changes: [change], cause: command.cause, now });
    await command.also?.(trx, changed!);
    return changed!;
  });
  deps.committed();
  return outcome;
}

/** Writes changes of orders that the transaction holds locked; gives the orders as they are now. */
export async function commitChanges(
  trx: Transaction,
  { outbox }: Pick<ChangeDeps, "outbox">,
  { changes, cause, now }: { changes: readonly Change[]; cause: Cause; now: Date },
): Promise<Order[]> {
  const results = changes.map((change) => numbered(change, [], now));
  const orders = results.map(({ order }) => order);
  const history = results.flatMap((result) => result.history);
  const events = results.flatMap((result) => result.events);
  await saveOrders(trx, orders, history);
  await outbox.append(trx, events, { cause, now });
  return orders;
}
