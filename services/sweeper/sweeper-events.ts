import { eventIdV5 } from "#platform/ids/ids.ts";
import { type OutgoingEvent, outgoing } from "#platform/outbox/outgoing.ts";
import { type OrderId, OrderPaymentTimedOut } from "#schemas/event-types.ts";
import { sweeperTimeoutV1 } from "#topics/sweeper.timeout.v1.ts";

/** The suggestion of one order with one sequence is one event, whoever makes it. */
export function orderPaymentTimedOut(order: { orderId: string; payBy: Date; seq: number }): OutgoingEvent {
  return outgoing(sweeperTimeoutV1, OrderPaymentTimedOut, {
    key: order.orderId,
    seq: order.seq,
    value: { orderId: order.orderId as OrderId, payBy: order.payBy.getTime() },
    eventId: eventIdV5(order.orderId, `timeout:${order.seq}`),
  });
}
