/** The orders of one batch of events with their attempts, as rows in memory. */
import type { BatchState, Seen } from "#platform/consumer/reaction.ts";
import type { RefundReason } from "#schemas/event-types.ts";
import type { AttemptStatus, OrderState } from "./payment.ts";
import type { Refund } from "./payment-channel.ts";

export interface PayOrderRow {
  readonly orderId: string;
  readonly userId: string;
  readonly state: OrderState;
  /** null: cancelled before it could be paid. */
  readonly due: { readonly amountCents: number; readonly currency: string; readonly payBy: Date } | null;
  readonly seen: Seen | undefined;
}

export interface AttemptRow {
  readonly paymentId: string;
  readonly orderId: string;
  readonly status: AttemptStatus;
  readonly amountCents: number;
  readonly currency: string;
}

export interface NewRefund extends Refund {
  readonly reason: RefundReason;
}

export class PayOrders implements BatchState {
  readonly newId: () => string;
  readonly #orders: Map<string, PayOrderRow>;
  readonly #attempts: Map<string, AttemptRow>;
  readonly #changed = new Set<string>();
  readonly closedAttempts: string[] = [];
  readonly refunds: NewRefund[] = [];

  constructor(loaded: { orders: readonly PayOrderRow[]; attempts: readonly AttemptRow[]; newId: () => string }) {
    this.#orders = new Map(loaded.orders.map((order) => [order.orderId, order]));
    this.#attempts = new Map(loaded.attempts.map((attempt) => [attempt.paymentId, attempt]));
    this.newId = loaded.newId;
  }

  /** Makes an order payable; one that was closed before stays closed. */
  open(order: Pick<PayOrderRow, "orderId" | "userId" | "due">): void {
    if (this.#orders.has(order.orderId)) return;
    this.#orders.set(order.orderId, { ...order, state: "PAYABLE", seen: undefined });
  }

  /** Closes an order and its pending attempts; one that was never payable is remembered as closed. */
  close(orderId: string, userId: string): void {
    const order = this.#orders.get(orderId) ?? { orderId, userId, due: null, seen: undefined };
    this.#orders.set(orderId, { ...order, state: "CLOSED" });
    for (const attempt of this.#attempts.values()) {
      if (attempt.orderId !== orderId || attempt.status !== "PENDING") continue;
      this.#attempts.set(attempt.paymentId, { ...attempt, status: "CLOSED" });
      this.closedAttempts.push(attempt.paymentId);
    }
  }

  attempt(paymentId: string): AttemptRow | undefined {
    return this.#attempts.get(paymentId);
  }

  /** Notes that a captured payment goes back; a job asks the channel, after the commit. */
  refund(attempt: AttemptRow, reason: RefundReason, amountCents: number): void {
    const { paymentId, orderId, currency } = attempt;
    this.#attempts.set(paymentId, { ...attempt, status: "REFUNDING" });
    this.refunds.push({ refundId: this.newId(), paymentId, orderId, amountCents, currency, reason });
  }

  seen(_topic: string, key: string): Seen | undefined {
    return this.#orders.get(key)?.seen;
  }

  markSeen(_topic: string, key: string, seen: Seen): void {
    const order = this.#orders.get(key);
    if (order === undefined) return;
    this.#orders.set(key, { ...order, seen });
    this.#changed.add(key);
  }

  changed(): PayOrderRow[] {
    return [...this.#changed].flatMap((key) => this.#orders.get(key) ?? []);
  }
}
