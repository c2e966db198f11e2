import { reaction } from "#platform/consumer/reaction.ts";
import { OrderPlaced } from "#schemas/event-types.ts";
import { checkLines, checkOrderId } from "../ordered-lines.ts";
import type { StockBatch } from "../stock-batch.ts";

/** All lines of the order are held, or none. */
export const lockStockOnOrderPlaced = reaction({
  on: OrderPlaced,
  decide(stock: StockBatch, order, _now, event) {
    checkOrderId(order, event.key);
    checkLines(order.lines);
    if (stock.lockOf(order.orderId) !== undefined) return; // locked, refused, or cancelled before it came: the first word stands
    const shortages = stock.shortagesFor(order.lines);
    if (shortages.length > 0) return stock.reject(order, shortages);
    return stock.lock(order);
  },
});
