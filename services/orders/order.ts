/**
 * What may become of an order. Every rule is a pure transition: the order as it is, and what happened, give the order as
 * it will be, the facts for its history, and what is told to others. Time and ids come in as arguments.
 */
import type { OrderId, PaymentId, ProductId, Shortage, SkuId, UserId } from "#schemas/event-types.ts";
import type { CancelReason as AnyCancelReason, RefundReason as AnyRefundReason } from "#schemas/event-types.ts";

export const STATUS = { PENDING_PAYMENT: 0, TO_SHIP: 1, SHIPPED: 2, COMPLETED: 4, CANCELLED: 5 } as const;
export type StatusName = keyof typeof STATUS;
export type Status = (typeof STATUS)[StatusName];

export const STOCK = ["PENDING", "LOCKED", "REJECTED", "DEDUCTED", "RELEASED"] as const;
export type Stock = (typeof STOCK)[number];

export type CancelReason = Exclude<AnyCancelReason, "OTHER">;
export type RefundReason = Exclude<AnyRefundReason, "OTHER">;

export interface OrderLine {
  readonly skuId: SkuId;
  readonly productId: ProductId;
  readonly productName: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly priceCents: number;
  readonly quantity: number;
  readonly totalCents: number;
  readonly cartLineVersion: number | null;
}

export interface Order {
  readonly orderId: OrderId;
  readonly orderSn: string;
  readonly userId: UserId;
  /** First 16 bytes of the SHA-256 of the key it was placed with. */
  readonly clientKey: Buffer;
  readonly status: Status;
  readonly stock: Stock;
  readonly currency: string;
  readonly totalCents: number;
  readonly payCents: number;
  readonly fromCart: boolean;
  readonly placedAt: Date;
  readonly payBy: Date;
  readonly paidAt: Date | null;
  readonly shippedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly cancelledAt: Date | null;
  readonly cancelReason: CancelReason | null;
  readonly cancelNote: string | null;
  /** The payment that paid it. */
  readonly paymentId: PaymentId | null;
  readonly latePayment: boolean;
  /** Refunds asked for or reported, by payment. */
  readonly refunds: Readonly<Record<string, "OPEN" | "DONE" | "FAILED">>;
  readonly shortages: readonly Shortage[] | null;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  /** Sequence of the last event told about it. */
  readonly seq: number;
  /** Number of its last history row. */
  readonly historyRows: number;
  /** What it last took in from each topic. */
  readonly stockSeq: number;
  readonly stockEventId: Buffer | null;
  readonly paymentSeq: number;
  readonly paymentEventId: Buffer | null;
  readonly timeoutSeq: number;
  readonly timeoutEventId: Buffer | null;
}

/** One line of an order's history: what happened, and where it left the order. */
export interface Fact {
  readonly event: string;
  readonly reason: string | null;
  readonly status: Status;
  readonly stock: Stock;
}

/** What is told to others, before it gets a sequence number and the order's own fields. */
export type Told =
  | { readonly name: "OrderPlaced" | "OrderAwaitingPayment" | "OrderPaid" | "OrderShipped" }
  | { readonly name: "OrderCancelled"; readonly fromStatus: Status }
  | { readonly name: "OrderCompleted"; readonly automatic: boolean }
  | { readonly name: "RefundRequested"; readonly payment: Payment; readonly reason: RefundReason };

export interface Change {
  readonly order: Order;
  readonly facts: readonly Fact[];
  readonly told: readonly Told[];
}

export interface Payment {
  readonly paymentId: PaymentId;
  readonly amountCents: number;
  readonly currency: string;
}

export type Refused = "ORDER_NOT_CANCELLABLE" | "ORDER_NOT_SHIPPABLE" | "ORDER_NOT_RECEIVABLE";

const NO_TIMES = { paidAt: null, shippedAt: null, finishedAt: null, cancelledAt: null } as const;
const NO_ENDING = { cancelReason: null, cancelNote: null, latePayment: false, refunds: {}, shortages: null } as const;
const NO_STOCK_OR_PAYMENT = { stockSeq: 0, stockEventId: null, paymentSeq: 0, paymentEventId: null } as const;

/** The part of an order that only grows with what happens to it. */
export const NOTHING_HAPPENED = {
  status: STATUS.PENDING_PAYMENT,
  stock: "PENDING",
  paymentId: null,
  carrier: null,
  trackingNumber: null,
  seq: 0,
  historyRows: 0,
  timeoutSeq: 0,
  timeoutEventId: null,
  ...NO_TIMES,
  ...NO_ENDING,
  ...NO_STOCK_OR_PAYMENT,
} as const satisfies Partial<Order>;

const REASON_LENGTH = 64;
const NAMES = new Map<Status, StatusName>(Object.entries(STATUS).map(([name, code]) => [code, name as StatusName]));

export function statusName(status: Status): StatusName {
  return NAMES.get(status)!;
}

/** The number a shopper sees: the day, and the digits of the id that differ among orders of one day. */
export function orderSn(orderId: string, placedAt: Date): string {
  return placedAt.toISOString().slice(0, 10).replaceAll("-", "") + orderId.slice(-15).padStart(15, "0");
}

/** True when stock has answered, or the order has ended without its answer. */
export function isDecided(order: Pick<Order, "status" | "stock">): boolean {
  return order.stock !== "PENDING" || order.status === STATUS.CANCELLED;
}

const unchanged = (order: Order): Change => ({ order, facts: [], told: [] });

/** Adds one fact to a change. */
function then(
  change: Change,
  happened: { event: string; reason?: string | undefined; set?: Partial<Order> },
  ...told: Told[]
): Change {
  const order = { ...change.order, ...happened.set };
  const reason = happened.reason?.slice(0, REASON_LENGTH) ?? null;
  const fact = { event: happened.event, reason, status: order.status, stock: order.stock };
  return { order, facts: [...change.facts, fact], told: [...change.told, ...told] };
}

const record = (order: Order, event: string, reason?: string): Change => then(unchanged(order), { event, reason });

/** The first fact of an order just placed. */
export function placed(order: Order): Change {
  return then(unchanged(order), { event: "OrderPlaced" }, { name: "OrderPlaced" });
}

function cancelled(change: Change, reason: CancelReason, now: Date): Change {
  const { status } = change.order;
  const set = { status: STATUS.CANCELLED, cancelReason: reason, cancelledAt: now };
  return then(change, { event: "OrderCancelled", reason, set }, { name: "OrderCancelled", fromStatus: status });
}

function refundRequested(change: Change, payment: Payment, reason: RefundReason): Change {
  const refunds = { ...change.order.refunds, [payment.paymentId]: "OPEN" as const };
  return then(
    change,
    { event: "RefundRequested", reason, set: { refunds } },
    { name: "RefundRequested", payment, reason },
  );
}

/** Only an order nobody has paid can be cancelled by a person. */
export function cancelByShopper(order: Order, note: string | null, now: Date): Change | Refused {
  if (order.status !== STATUS.PENDING_PAYMENT) return "ORDER_NOT_CANCELLABLE";
  return cancelled(unchanged({ ...order, cancelNote: note }), "SHOPPER", now);
}

/** Goods leave only when they have left the stock. The same shipment once more changes nothing. */
export function ship(order: Order, shipment: { carrier: string; trackingNumber: string }, now: Date): Change | Refused {
  const { status, stock, carrier, trackingNumber } = order;
  const isRepeat = carrier === shipment.carrier && trackingNumber === shipment.trackingNumber;
  if ((status === STATUS.SHIPPED || status === STATUS.COMPLETED) && isRepeat) return unchanged(order);
  if (status !== STATUS.TO_SHIP || stock !== "DEDUCTED") return "ORDER_NOT_SHIPPABLE";
  const set = { ...shipment, status: STATUS.SHIPPED, shippedAt: now };
  return then(unchanged(order), { event: "OrderShipped", set }, { name: "OrderShipped" });
}

/** By the shopper, or by the clock (`automatic`). */
export function confirmReceipt(order: Order, automatic: boolean, now: Date): Change | Refused {
  if (order.status !== STATUS.SHIPPED) return "ORDER_NOT_RECEIVABLE";
  const set = { status: STATUS.COMPLETED, finishedAt: now };
  const reason = automatic ? "AUTOMATIC" : undefined;
  return then(unchanged(order), { event: "OrderCompleted", reason, set }, { name: "OrderCompleted", automatic });
}

export type StockAnswer = "StockLocked" | "StockLockRejected" | "StockDeducted" | "StockReleased" | "StockShortage";

interface Answered {
  readonly answer: StockAnswer;
  readonly shortages: readonly Shortage[];
  readonly now: Date;
}

type Meeting = (order: Order, answered: Answered) => Change;

const noted =
  (stock: Stock): Meeting =>
  (order, { answer, shortages }) =>
    then(unchanged(order), { event: answer, set: shortages.length > 0 ? { stock, shortages } : { stock } });

const becomesPayable: Meeting = (order, { answer }) => {
  if (order.stock !== "PENDING") return record(order, answer);
  return then(unchanged(order), { event: answer, set: { stock: "LOCKED" } }, { name: "OrderAwaitingPayment" });
};

const endsForWantOfStock: Meeting = (order, answered) =>
  cancelled(noted("REJECTED")(order, answered), "STOCK_REJECTED", answered.now);

const givesTheMoneyBack: Meeting = (order, answered) => {
  if (order.stock === "DEDUCTED" || order.paymentId === null) return record(order, answered.answer, "FINDING");
  const { paymentId, payCents: amountCents, currency } = order;
  const ended = cancelled(noted("REJECTED")(order, answered), "STOCK_SHORTAGE", answered.now);
  return refundRequested(ended, { paymentId, amountCents, currency }, "STOCK_SHORTAGE");
};

// Orders meeting stock answers: what is not in this table is written into the history and changes nothing.
const MEETINGS: Readonly<Record<StockAnswer, Readonly<Partial<Record<Status, Meeting>>>>> = {
  StockLocked: { 0: becomesPayable, 1: noted("LOCKED"), 5: noted("LOCKED") },
  StockLockRejected: { 0: endsForWantOfStock, 1: noted("REJECTED"), 5: noted("REJECTED") },
  StockDeducted: { 1: noted("DEDUCTED"), 2: noted("DEDUCTED"), 4: noted("DEDUCTED") },
  StockReleased: { 0: noted("RELEASED"), 1: noted("RELEASED"), 5: noted("RELEASED") },
  StockShortage: { 1: givesTheMoneyBack },
};

export function meetStock(
  order: Order,
  answer: StockAnswer,
  { now, shortages = [] }: { now: Date; shortages?: readonly Shortage[] },
): Change {
  const meeting = MEETINGS[answer][order.status];
  if (meeting) return meeting(order, { answer, shortages, now });
  return record(order, answer, answer === "StockShortage" ? "FINDING" : undefined);
}

/** Money came in: it pays the order, or goes back. Never both, and never twice for one payment. */
export function takePayment(order: Order, payment: Payment & { paidAt: Date }): Change {
  const { paymentId, amountCents, currency, paidAt } = payment;
  const event = "PaymentSucceeded";
  if (order.paymentId === paymentId || order.refunds[paymentId] !== undefined) return record(order, event, "REPEATED");
  const back = (reason: RefundReason, set: Partial<Order> = {}): Change =>
    refundRequested(then(unchanged(order), { event, reason, set }), { paymentId, amountCents, currency }, reason);
  if (amountCents !== order.payCents || currency !== order.currency) return back("AMOUNT_MISMATCH");
  if (order.status === STATUS.CANCELLED) return back("LATE_PAYMENT", { latePayment: true });
  if (order.status !== STATUS.PENDING_PAYMENT) return back("DUPLICATE_PAYMENT");
  const set = { status: STATUS.TO_SHIP, paymentId, paidAt };
  return then(unchanged(order), { event: "OrderPaid", set }, { name: "OrderPaid" });
}

export function notePaymentFailed(order: Order, failureCode: string): Change {
  return record(order, "PaymentFailed", failureCode);
}

/** Payment's last word on a refund. */
export function noteRefund(order: Order, paymentId: PaymentId, said: { succeeded: boolean; reason: string }): Change {
  const refunds = { ...order.refunds, [paymentId]: said.succeeded ? ("DONE" as const) : ("FAILED" as const) };
  const event = said.succeeded ? "RefundSucceeded" : "RefundFailed";
  return then(unchanged(order), { event, reason: said.reason, set: { refunds } });
}

/** The sweeper only suggests: status and this database's clock decide. */
export function timeOut(order: Order, now: Date): Change {
  if (order.status !== STATUS.PENDING_PAYMENT || order.payBy > now) return unchanged(order);
  return cancelled(unchanged(order), "PAYMENT_TIMEOUT", now);
}

/** `never`: something may still come. `after-grace`: nothing will, unless stock answers within the next seconds. */
export function isClosed(order: Order): "now" | "after-grace" | "never" {
  if (order.status === STATUS.COMPLETED) return "now";
  const isRefunding = Object.values(order.refunds).includes("OPEN");
  if (order.status !== STATUS.CANCELLED || isRefunding || order.stock === "LOCKED") return "never";
  return order.stock === "PENDING" ? "after-grace" : "now";
}
