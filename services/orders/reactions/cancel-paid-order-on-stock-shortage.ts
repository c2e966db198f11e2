import { reaction } from "#platform/consumer/reaction.ts";
import { StockShortage } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { meetStock } from "../order.ts";

export const cancelPaidOrderOnStockShortage = reaction({
  on: StockShortage,
  decide(orders: OrderBatch, { shortages }, now, event) {
    return orders.change(event, now, (order) => meetStock(order, "StockShortage", { now, shortages }));
  },
});
