import { reaction } from "#platform/consumer/reaction.ts";
import { OrderCancelled } from "#schemas/event-types.ts";
import type { PayOrders } from "../pay-orders.ts";

export const closePaymentOnOrderCancelled = reaction({
  on: OrderCancelled,
  decide(orders: PayOrders, { orderId, userId }) {
    orders.close(orderId, userId);
  },
});
