import { reaction } from "#platform/consumer/reaction.ts";
import { OrderPaid } from "#schemas/event-types.ts";
import { checkLines, checkOrderId, checkSameLines } from "../ordered-lines.ts";
import type { StockBatch } from "../stock-batch.ts";

/** The second check: what is held leaves the stock; what is not held (any more) is taken if it is there. */
export const deductStockOnOrderPaid = reaction({
  on: OrderPaid,
  decide(stock: StockBatch, order, _now, event) {
    checkOrderId(order, event.key);
    checkLines(order.lines);
    const lock = stock.lockOf(order.orderId);
    if (lock?.status === "DEDUCTED") return;
    if (lock && lock.lines.length > 0) checkSameLines(lock.lines, order.lines);
    if (lock?.status === "LOCKED") return stock.deduct(lock);
    const shortages = stock.shortagesFor(order.lines, { paid: true });
    if (shortages.length > 0) return stock.reportShortage(order, shortages);
    return stock.lockAndDeduct(order);
  },
});
