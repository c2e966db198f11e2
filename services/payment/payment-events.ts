import { type OutgoingEvent, outgoing } from "#platform/outbox/outgoing.ts";
import {
  type OrderId,
  PaymentFailed,
  type PaymentId,
  PaymentSucceeded,
  RefundFailed,
  type RefundId,
  type RefundReason,
  RefundSucceeded,
  type UserId,
} from "#schemas/event-types.ts";
import { paymentPaymentV1 } from "#topics/payment.payment.v1.ts";
import type { Attempt } from "./payment.ts";
import type { Refund } from "./payment-channel.ts";

/** `seq`: the order's next number on the topic, given by its locked row. */
interface Numbered {
  readonly seq: number;
  readonly now: Date;
}

export function paymentSucceeded(attempt: Attempt, { seq, now }: Numbered): OutgoingEvent {
  const value = { ...attemptFields(attempt), paidAt: now.getTime() };
  return outgoing(paymentPaymentV1, PaymentSucceeded, { key: attempt.orderId, seq, value });
}

export function paymentFailed(attempt: Attempt, { seq, now }: Numbered): OutgoingEvent {
  const value = { ...attemptFields(attempt), failedAt: now.getTime(), failureCode: attempt.failureCode ?? "UNKNOWN" };
  return outgoing(paymentPaymentV1, PaymentFailed, { key: attempt.orderId, seq, value });
}

export function refundSucceeded(refund: Refund & { reason: RefundReason }, seq: number): OutgoingEvent {
  return outgoing(paymentPaymentV1, RefundSucceeded, { key: refund.orderId, seq, value: refundFields(refund) });
}

export function refundFailed(
  refund: Refund & { reason: RefundReason },
  failureCode: string,
  seq: number,
): OutgoingEvent {
  const value = { ...refundFields(refund), failureCode };
  return outgoing(paymentPaymentV1, RefundFailed, { key: refund.orderId, seq, value });
}

function attemptFields({ paymentId, orderId, userId, channel, amountCents, currency }: Attempt) {
  return {
    paymentId: paymentId as PaymentId,
    orderId: orderId as OrderId,
    userId: userId as UserId,
    channel,
    amountCents,
    currency,
  };
}

function refundFields({
  refundId,
  paymentId,
  orderId,
  amountCents,
  currency,
  reason,
}: Refund & { reason: RefundReason }) {
  return {
    refundId: refundId as RefundId,
    paymentId: paymentId as PaymentId,
    orderId: orderId as OrderId,
    amountCents,
    currency,
    reason,
  };
}
