import { reaction } from "#platform/consumer/reaction.ts";
import { StockDeducted } from "#schemas/event-types.ts";
import type { OrderBatch } from "../order-batch.ts";
import { meetStock } from "../order.ts";

export const recordDeductionOnStockDeducted = reaction({
  on: StockDeducted,
  decide(orders: OrderBatch, _stock, now, event) {
    return orders.change(event, now, (order) => meetStock(order, "StockDeducted", { now }));
  },
});
