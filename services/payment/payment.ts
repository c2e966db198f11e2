/** What may become of an order's payments. Pure: states in, states out. */

export type OrderState = "PAYABLE" | "PAID" | "CLOSED";

/**
 * CLOSED: pending when the order was cancelled; a late success still counts. DUPLICATE: a success beside another one, to be
 * refunded.
 */
export const ATTEMPT_STATUSES = [
  "PENDING",
  "SUCCEEDED",
  "FAILED",
  "CLOSED",
  "DUPLICATE",
  "REFUNDING",
  "REFUNDED",
  "REFUND_FAILED",
] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

export const SCENARIOS = ["succeed", "decline", "pending", "error"] as const;

/** One try to pay an order, under one id for ever. */
export interface Attempt {
  readonly paymentId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly channel: "FAKE" | "ALIPAY" | "WECHAT";
  /** What the fake gateway is to do; null elsewhere. */
  readonly scenario: (typeof SCENARIOS)[number] | null;
  readonly amountCents: number;
  readonly currency: string;
  readonly status: AttemptStatus;
  readonly failureCode: string | null;
}

export interface PayOrder {
  readonly orderId: string;
  readonly userId: string;
  readonly state: OrderState;
  /** By the database's clock: now is past pay-by. */
  readonly expired: boolean;
  readonly amountCents: number;
  readonly currency: string;
}

/** Why this order takes no new attempt, as the code of a 409; undefined when it does. */
export function whyNotPayable(order: PayOrder): string | undefined {
  if (order.state === "PAID") return "ORDER_ALREADY_PAID";
  if (order.state === "CLOSED") return "ORDER_NOT_PAYABLE";
  return order.expired ? "ORDER_PAYMENT_EXPIRED" : undefined;
}

export interface Settlement {
  readonly order: OrderState;
  readonly attempt: AttemptStatus;
  readonly emits: "PaymentSucceeded" | "PaymentFailed" | "nothing";
  /** True when the outcome denies one that was taken for final: somebody has to look. */
  readonly contradicts: boolean;
}

/** What the gateway's word changes. The first final word on an attempt stands; a success of a closed order still counts. */
export function settle(
  order: OrderState,
  attempt: AttemptStatus,
  outcome: "SUCCEEDED" | "FAILED" | "PENDING",
): Settlement {
  const unchanged: Settlement = { order, attempt, emits: "nothing", contradicts: false };
  const isOpen = attempt === "PENDING" || attempt === "CLOSED";
  if (outcome === "PENDING") return unchanged;
  if (!isOpen) return { ...unchanged, contradicts: (outcome === "FAILED") !== (attempt === "FAILED") };
  if (outcome === "FAILED") {
    return attempt === "CLOSED" ? unchanged : { ...unchanged, attempt: "FAILED", emits: "PaymentFailed" };
  }
  if (order === "PAID") return { ...unchanged, attempt: "DUPLICATE" };
  // On a closed order too: orders answers a late payment with a request to refund it.
  const after = order === "PAYABLE" ? "PAID" : order;
  return { order: after, attempt: "SUCCEEDED", emits: "PaymentSucceeded", contradicts: false };
}
