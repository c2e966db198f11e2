import { reactions } from "#platform/consumer/reaction.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { sweeperDeadLetterV1 } from "#topics/sweeper.dead-letter.v1.ts";
import { closeOnOrderCancelled } from "./reactions/close-on-order-cancelled.ts";
import { closeOnOrderPaid } from "./reactions/close-on-order-paid.ts";
import { rememberPayByOnOrderPlaced } from "./reactions/remember-pay-by-on-order-placed.ts";
import { loadWatchedOrders, saveWatchedOrders } from "./sweeper-store.ts";

export const sweeperReactions = reactions({
  group: "sweeper",
  from: [ordersOrderV1],
  deadLetters: sweeperDeadLetterV1,
  // Nothing is due for minutes: fewer and fuller transactions.
  paceMs: 250,
  on: [rememberPayByOnOrderPlaced, closeOnOrderPaid, closeOnOrderCancelled],
  load: (trx, events) =>
    loadWatchedOrders(
      trx,
      events.map((event) => event.key),
    ),
  save: (trx, orders) => saveWatchedOrders(trx, orders.changed()),
});
