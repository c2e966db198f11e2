/** Which topic, which group, what to load, how to save. Not `complete`: only three of the order's events move stock. */
import { type AnyReactions, reactions } from "#platform/consumer/reaction.ts";
import type { OrderId } from "#schemas/event-types.ts";
import { catalogStockDeadLetterV1 } from "#topics/catalog-stock.dead-letter.v1.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { loadStockFor, saveStock } from "./lock-store.ts";
import { deductStockOnOrderPaid } from "./reactions/deduct-stock-on-order-paid.ts";
import { lockStockOnOrderPlaced } from "./reactions/lock-stock-on-order-placed.ts";
import { releaseStockOnOrderCancelled } from "./reactions/release-stock-on-order-cancelled.ts";
import type { StockBatch } from "./stock-batch.ts";

/** `alert` hears of orders cancelled after their goods were deducted; again, if the transaction has to be repeated. */
export function stockReactions(alert: (orderIds: readonly OrderId[]) => void): AnyReactions {
  return reactions({
    group: "catalog-stock",
    from: [ordersOrderV1],
    deadLetters: catalogStockDeadLetterV1,
    on: [lockStockOnOrderPlaced, deductStockOnOrderPaid, releaseStockOnOrderCancelled],
    load: loadStockFor,
    async save(trx, stock: StockBatch, now) {
      await saveStock(trx, stock, now);
      if (stock.cancelledAfterDeduction.length > 0) alert(stock.cancelledAfterDeduction);
    },
  });
}
