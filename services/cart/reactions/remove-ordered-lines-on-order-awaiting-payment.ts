import { reaction } from "#platform/consumer/reaction.ts";
import { OrderAwaitingPayment } from "#schemas/event-types.ts";
import { quantityLeft } from "../cart.ts";
import { eventInvalid, isId, requireKey } from "#platform/consumer/event-checks.ts";
import { requireUnits } from "../event-checks.ts";
import type { OrderedLines } from "../ordered-lines.ts";

export const removeOrderedLinesOnOrderAwaitingPayment = reaction({
  on: OrderAwaitingPayment,
  decide(carts: OrderedLines, { orderId, userId, fromCart, placedAt, lines }, _now, { key }) {
    requireKey(orderId, key);
    if (!isId(userId)) throw eventInvalid("userId is no id");
    for (const { quantity } of lines) requireUnits(quantity);
    if (!fromCart) return;
    carts.remember(orderId);
    for (const ordered of lines) {
      const line = carts.line(userId, ordered.skuId);
      if (line === undefined) continue;
      const left = quantityLeft(line, ordered, new Date(placedAt));
      if (left !== line.quantity) carts.keep(line, left);
    }
  },
});
