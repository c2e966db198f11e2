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

export interface StockListeners {
  /** Orders cancelled after their goods were deducted. */
  alert(orderIds: readonly OrderId[]): void;
  /** Versions of the stock of SKUs, written but not committed yet. */
  saved(versions: readonly (readonly [skuId: string, version: number])[]): void;
}

/** Listeners hear from within the transaction: again, if it has to be repeated, and also when it never commits. */
export function stockReactions({ alert, saved }: StockListeners): AnyReactions {
  return reactions({
    group: "catalog-stock",
    from: [ordersOrderV1],
    deadLetters: catalogStockDeadLetterV1,
    on: [lockStockOnOrderPlaced, deductStockOnOrderPaid, releaseStockOnOrderCancelled],
    load: loadStockFor,
    async save(trx, stock: StockBatch, now) {
      await saveStock(trx, stock, now);
      saved([...stock.changedLevels].map(({ skuId, version }) => [skuId, version + 1]));
      if (stock.cancelledAfterDeduction.length > 0) alert(stock.cancelledAfterDeduction);
    },
  });
}
