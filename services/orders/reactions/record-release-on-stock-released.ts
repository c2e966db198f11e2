import { reaction } from "#platform/consumer/reaction.ts";
import { StockReleased } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { meetStock } from "../order.ts";

export const recordReleaseOnStockReleased = reaction({
  on: StockReleased,
  decide(orders: OrderBatch, _stock, now, event) {
    return orders.change(event, now, (order) => meetStock(order, "StockReleased", { now }));
  },
});
