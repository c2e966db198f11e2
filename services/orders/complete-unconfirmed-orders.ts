/** The clock confirms a receipt that the shopper has not: in bounded pages, oldest first. */
import { databaseNow, inTransaction } from "#platform/database/database.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import { eventIdV7 } from "#platform/ids/ids.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { type ChangeDeps, commitChanges } from "./change-order.ts";
import { lockOrders, overdueReceipts } from "./order-store.ts";
import { confirmReceipt } from "./order.ts";

export interface CompleteDeps extends ChangeDeps, Pick<Backbone, "hasRoom"> {
  readonly autoReceiptMs: number;
  /** False when another instance does it, or this one stops. */
  mayGoOn(): Promise<boolean>;
}

const PAGE = 200;

/** Returns how many orders it completed. */
export async function completeUnconfirmedOrders(deps: CompleteDeps): Promise<number> {
  let total = 0;
  while (deps.hasRoom() && (await deps.mayGoOn())) {
    const due = await overdueReceipts(deps.db, deps.autoReceiptMs, PAGE);
    if (due.length > 0) total += await completePage(deps, due);
    if (due.length < PAGE) break;
  }
  return total;
}

async function completePage(deps: CompleteDeps, orderIds: readonly string[]): Promise<number> {
  const runId = eventIdV7();
  const cause: Cause = { correlationId: runId, causationId: runId, traceparent: traceparentFrom(undefined) };
  const count = await inTransaction(deps.db, async (trx) => {
    const orders = await lockOrders(trx, orderIds);
    const now = await databaseNow(trx);
    const changes = orders
      .map((order) => confirmReceipt(order, true, now))
      .filter((change) => typeof change !== "string");
    return (await commitChanges(trx, deps, { changes, cause, now })).length;
  });
  deps.committed();
  return count;
}
