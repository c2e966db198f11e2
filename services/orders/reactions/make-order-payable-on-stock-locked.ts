import { reaction } from "#platform/consumer/reaction.ts";
import { StockLocked } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { meetStock } from "../order.ts";

export const makeOrderPayableOnStockLocked = reaction({
  on: StockLocked,
  decide(orders: OrderBatch, _stock, now, event) {
    return orders.change(event, now, (order) => meetStock(order, "StockLocked", { now }));
  },
});
