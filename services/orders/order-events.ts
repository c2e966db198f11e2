/** Gives a change its numbers: the history's rows, and outgoing events with the order's next sequences. */
import {
  OrderAwaitingPayment,
  OrderCancelled,
  OrderCompleted,
  OrderPaid,
  OrderPlaced,
  OrderShipped,
  RefundRequested,
} from "#schemas/event-types.ts";
import { ordersOrderV1 as topic } from "#topics/orders.order.v1.ts";
import { type OutgoingEvent, outgoing } from "#platform/outbox/outgoing.ts";
import type { Change, Fact, Order, OrderLine, Told } from "./order.ts";

export interface HistoryRow extends Fact {
  readonly orderId: string;
  /** From 1 per order; the id of the order's event stream. */
  readonly rowNo: number;
  readonly at: Date;
}

export interface Numbered {
  readonly order: Order;
  readonly history: readonly HistoryRow[];
  readonly events: readonly OutgoingEvent[];
}

/** `lines` are needed only by what OrderPlaced, OrderAwaitingPayment and OrderPaid tell. */
export function numbered(change: Change, lines: readonly OrderLine[], now: Date): Numbered {
  const { facts, told } = change;
  const { orderId, historyRows, seq } = change.order;
  return {
    order: { ...change.order, historyRows: historyRows + facts.length, seq: seq + told.length },
    history: facts.map((fact, index) => ({ ...fact, orderId, rowNo: historyRows + index + 1, at: now })),
    events: told.map((what, index) => outgoingEvent({ ...change.order, seq: seq + index + 1 }, what, lines)),
  };
}

/** The event with the sequence of `order`. */
function outgoingEvent(order: Order, told: Told, lines: readonly OrderLine[]): OutgoingEvent {
  const { orderId, userId, currency, payCents, seq } = order;
  const numbers = { key: orderId, seq };
  const placedAt = order.placedAt.getTime();
  const payBy = order.payBy.getTime();
  switch (told.name) {
    case "OrderPlaced": {
      const { orderSn, totalCents } = order;
      const value = { orderId, orderSn, userId, currency, totalCents, placedAt, payBy, lines: lines.map(placedLine) };
      return outgoing(topic, OrderPlaced, { ...numbers, value });
    }
    case "OrderAwaitingPayment": {
      const { fromCart } = order;
      const value = { orderId, userId, currency, payCents, payBy, placedAt, fromCart, lines: lines.map(cartLine) };
      return outgoing(topic, OrderAwaitingPayment, { ...numbers, value });
    }
    case "OrderPaid": {
      const paidAt = order.paidAt!.getTime();
      const bought = lines.map(({ skuId, quantity }) => ({ skuId, quantity }));
      const value = { orderId, userId, paymentId: order.paymentId!, currency, payCents, paidAt, lines: bought };
      return outgoing(topic, OrderPaid, { ...numbers, value });
    }
    case "OrderCancelled": {
      const { cancelReason, cancelledAt } = order;
      const { fromStatus } = told;
      const value = { orderId, userId, reason: cancelReason!, fromStatus, cancelledAt: cancelledAt!.getTime() };
      return outgoing(topic, OrderCancelled, { ...numbers, value });
    }
    case "OrderShipped": {
      const shippedAt = order.shippedAt!.getTime();
      const value = { orderId, userId, carrier: order.carrier!, trackingNumber: order.trackingNumber!, shippedAt };
      return outgoing(topic, OrderShipped, { ...numbers, value });
    }
    case "OrderCompleted": {
      const value = { orderId, userId, completedAt: order.finishedAt!.getTime(), automatic: told.automatic };
      return outgoing(topic, OrderCompleted, { ...numbers, value });
    }
    case "RefundRequested": {
      const value = { orderId, ...told.payment, reason: told.reason };
      return outgoing(topic, RefundRequested, { ...numbers, value });
    }
  }
}

function placedLine({ skuId, productId, quantity, priceCents }: OrderLine) {
  return { skuId, productId, quantity, priceCents };
}

function cartLine({ skuId, quantity, cartLineVersion }: OrderLine) {
  return { skuId, quantity, cartLineVersion };
}
