import { reaction } from "#platform/consumer/reaction.ts";
import { OrderCancelled } from "#schemas/event-types.ts";
import { checkOrderId } from "../ordered-lines.ts";
import type { StockBatch } from "../stock-batch.ts";

/** What the order holds is free again, whatever the reason of its end. */
export const releaseStockOnOrderCancelled = reaction({
  on: OrderCancelled,
  decide(stock: StockBatch, order, _now, event) {
    checkOrderId(order, event.key);
    const lock = stock.lockOf(order.orderId);
    if (lock === undefined) return stock.leaveTombstone(order.orderId, order.reason);
    if (lock.status === "LOCKED") return stock.release(lock, order.reason);
    if (lock.status === "DEDUCTED") return stock.raiseCancelledAfterDeduction(lock);
  },
});
