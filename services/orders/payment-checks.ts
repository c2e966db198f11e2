/** What a payment event must say to be believed at all; whoever can write to the topic can write nonsense. */
import { eventInvalid } from "./order-batch.ts";

const PAYMENT_ID = /^[1-9][0-9]{0,18}$/;
const CURRENCY = /^[A-Z]{3}$/;

/** Throws EVENT_INVALID; returns the event. */
export function validPayment<P extends { paymentId: string; amountCents: number; currency: string }>(event: P): P {
  if (!PAYMENT_ID.test(event.paymentId)) throw eventInvalid("paymentId is no id");
  if (!Number.isSafeInteger(event.amountCents) || event.amountCents < 0) throw eventInvalid("amountCents");
  if (!CURRENCY.test(event.currency)) throw eventInvalid("currency");
  return event;
}

export function requireOwner(order: { userId: string }, event: { userId: string }): void {
  if (order.userId !== event.userId) throw eventInvalid("userId is not the order's");
}
