import { reactions } from "#platform/consumer/reaction.ts";
import type { OrderAwaitingPayment } from "#schemas/event-types.ts";
import { cartDeadLetterV1 } from "#topics/cart.dead-letter.v1.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { isId } from "#platform/consumer/event-checks.ts";
import { loadOrderedLines, saveOrderedLines } from "./ordered-lines-store.ts";
import { keepSkuOnSkuChanged } from "./reactions/keep-sku-on-sku-changed.ts";
import { removeOrderedLinesOnOrderAwaitingPayment } from "./reactions/remove-ordered-lines-on-order-awaiting-payment.ts";
import { loadSkus, saveSkus } from "./sku-store.ts";

export const orderReactions = reactions({
  group: "cart",
  name: "cart-orders",
  from: [ordersOrderV1],
  deadLetters: cartDeadLetterV1,
  on: [removeOrderedLinesOnOrderAwaitingPayment],
  load: (trx, events) =>
    loadOrderedLines(
      trx,
      events.filter(({ key, value }) => isId(key) && isId((value as OrderAwaitingPayment).userId)),
    ),
  save: (trx, carts) => saveOrderedLines(trx, carts),
});

export const skuReactions = reactions({
  group: "cart",
  name: "cart-skus",
  from: [catalogSkuV1],
  deadLetters: cartDeadLetterV1,
  on: [keepSkuOnSkuChanged],
  load: (trx, events) => loadSkus(trx, events.map((event) => event.key).filter(isId)),
  save: (trx, skus) => saveSkus(trx, skus.changed()),
});
