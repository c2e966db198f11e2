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

/** Fields that an event's schema does not name stay here. `lines` are needed only by what OrderPlaced, OrderAwaitingPayment and OrderPaid tell. */
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
  const about = { orderId, userId };
  const placedAt = order.placedAt.getTime();
  const payBy = order.payBy.getTime();
  switch (told.name) {
    case "OrderPlaced": {
      const { orderSn, totalCents } = order;
      const value = { ...about, orderSn, currency, totalCents, placedAt, payBy, lines };
      return outgoing(topic, OrderPlaced, { ...numbers, value });
    }
    case "OrderAwaitingPayment": {
      const value = { ...about, currency, payCents, payBy, placedAt, fromCart: order.fromCart, lines };
      return outgoing(topic, OrderAwaitingPayment, { ...numbers, value });
    }
    case "OrderPaid": {
      const paidAt = order.paidAt!.getTime();
      const value = { ...about, paymentId: order.paymentId!, currency, payCents, paidAt, lines };
      return outgoing(topic, OrderPaid, { ...numbers, value });
    }
    case "OrderCancelled": {
      const { fromStatus } = told;
      const cancelledAt = order.cancelledAt!.getTime();
      const value = { ...about, reason: order.cancelReason!, fromStatus, cancelledAt };
      return outgoing(topic, OrderCancelled, { ...numbers, value });
    }
    case "OrderShipped": {
      const { carrier, trackingNumber, shippedAt } = order;
      const value = { ...about, carrier: carrier!, trackingNumber: trackingNumber!, shippedAt: shippedAt!.getTime() };
      return outgoing(topic, OrderShipped, { ...numbers, value });
    }
    case "OrderCompleted": {
      const value = { ...about, completedAt: order.finishedAt!.getTime(), automatic: told.automatic };
      return outgoing(topic, OrderCompleted, { ...numbers, value });
    }
    case "RefundRequested": {
      const value = { orderId, ...told.payment, reason: told.reason };
      return outgoing(topic, RefundRequested, { ...numbers, value });
    }
  }
}
