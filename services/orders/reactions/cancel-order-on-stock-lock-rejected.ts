import { reaction } from "#platform/consumer/reaction.ts";
import { StockLockRejected } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { meetStock } from "../order.ts";

export const cancelOrderOnStockLockRejected = reaction({
  on: StockLockRejected,
  decide(orders: OrderBatch, { shortages }, now, event) {
    return orders.change(event, now, (order) => meetStock(order, "StockLockRejected", { now, shortages }));
  },
});
