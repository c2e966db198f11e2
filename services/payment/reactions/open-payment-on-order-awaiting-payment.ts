import { reaction } from "#platform/consumer/reaction.ts";
import { OrderAwaitingPayment } from "#schemas/event-types.ts";
import { requireId, requireKey, requireMoney, requireTime } from "#platform/consumer/event-checks.ts";
import type { PayOrders } from "../pay-orders.ts";

export const openPaymentOnOrderAwaitingPayment = reaction({
  on: OrderAwaitingPayment,
  decide(orders: PayOrders, { orderId, userId, payCents, currency, payBy }, _now, { key }) {
    requireKey(orderId, key);
    requireId(userId, "userId");
    requireMoney(payCents, currency);
    requireTime(payBy, "payBy");
    orders.open({ orderId, userId, due: { amountCents: payCents, currency, payBy: new Date(payBy) } });
  },
});
