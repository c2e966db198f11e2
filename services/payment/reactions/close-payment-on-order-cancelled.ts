import { reaction } from "#platform/consumer/reaction.ts";
import { OrderCancelled } from "#schemas/event-types.ts";
import { requireId, requireKey } from "#platform/consumer/event-checks.ts";
import type { PayOrders } from "../pay-orders.ts";

export const closePaymentOnOrderCancelled = reaction({
  on: OrderCancelled,
  decide(orders: PayOrders, { orderId, userId }, _now, { key }) {
    requireKey(orderId, key);
    requireId(userId, "userId");
    orders.close(orderId, userId);
  },
});
