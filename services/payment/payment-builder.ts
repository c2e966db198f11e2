/** For tests: payment on a schema of its own, with a gateway that remembers what it was asked. */
import { fileURLToPath } from "node:url";
import { rows } from "#platform/database/database.ts";
import { createIdempotency } from "#platform/http/idempotency.ts";
import { createIds, eventIdV7 } from "#platform/ids/ids.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { NonceStore } from "#platform/security/nonce-store.ts";
import { createReactionHarness } from "#platform/testing/reaction-harness.ts";
import { openTestDatabase, type TestDatabase } from "#platform/testing/test-database.ts";
import { createRowWaiter } from "#platform/waiting/row-waiter.ts";
import { OrderAwaitingPayment, OrderCancelled, type OrderId, type UserId } from "#schemas/event-types.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { paymentDeadLetterV1 } from "#topics/payment.dead-letter.v1.ts";
import { paymentPaymentV1 } from "#topics/payment.payment.v1.ts";
import { createFakeChannel } from "./fake-channel.ts";
import { type PayDeps, type PayRequest, payOrder } from "./pay-order.ts";
import type { PaymentChannel } from "./payment-channel.ts";
import { paymentReactions } from "./payment-reactions.ts";
import { readPayOrders } from "./payment-store.ts";

export const newId = createIds();
export const USER = "4711";
export const SECRET = Buffer.alloc(32, 7);
export const cause = (): Cause => ({ correlationId: eventIdV7(), causationId: eventIdV7(), traceparent: "" });
const allNew: NonceStore = { prepare: async () => {}, remember: async () => true };

export interface Gateway extends PaymentChannel {
  /** Payment ids in the order in which they were charged. */
  readonly charged: string[];
  readonly refunded: string[];
}

/** The fake channel with a memory; `over` replaces some of its answers. */
export function aGateway(over: Partial<PaymentChannel> = {}): Gateway {
  const fake = createFakeChannel({ secrets: { k1: SECRET }, nonces: allNew });
  const charged: string[] = [];
  const refunded: string[] = [];
  return {
    ...fake,
    query: over.query ?? fake.query,
    charged,
    refunded,
    charge(attempt) {
      charged.push(attempt.paymentId);
      return (over.charge ?? fake.charge)(attempt);
    },
    refund(refund) {
      refunded.push(refund.refundId);
      return (over.refund ?? fake.refund)(refund);
    },
  };
}

export interface PaymentBench {
  readonly db: TestDatabase["db"];
  readonly harness: Awaited<ReturnType<typeof createReactionHarness>>;
  readonly deps: PayDeps;
  readonly findings: string[];
  /** The same service with another gateway behind it, or as another instance (`db`). */
  with(over: Partial<Pick<PayDeps, "db">> & { gateway?: PaymentChannel }): PayDeps;
  connect: TestDatabase["connect"];
  /** An order that can be paid; returns its id. */
  payableOrder(over?: Partial<OrderAwaitingPayment>): Promise<string>;
  cancelOrder(orderId: string, seq?: number): Promise<void>;
  attempts(orderId: string): Promise<{ payment_id: string; status: string; failure_code: string | null }[]>;
  orderState(orderId: string): Promise<string | undefined>;
  emittedOf(orderId: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openPaymentBench(): Promise<PaymentBench> {
  const directory = fileURLToPath(new URL("./migrations", import.meta.url));
  const database = await openTestDatabase({ service: "payment", directory });
  const { db } = database;
  const sets = [paymentReactions({ newId, onRefund: () => {} })];
  const topics = [ordersOrderV1, paymentPaymentV1, paymentDeadLetterV1];
  const harness = await createReactionHarness({ db, sets, topics, source: "/mall/payment" });
  const findings: string[] = [];
  const waiter = createRowWaiter({ read: (ids) => readPayOrders(db, ids), onError: () => {} });
  const deps: PayDeps = {
    db,
    outbox: harness.outbox,
    idempotency: createIdempotency({ db }),
    channels: new Map([["FAKE", aGateway()]]),
    orders: waiter,
    newId,
    poke: () => {},
    pokeRefunds: () => {},
    hasRoom: () => true,
    finding: (kind) => void findings.push(kind),
  };
  return {
    db,
    harness,
    deps,
    findings,
    with: ({ db: other = db, gateway = aGateway() }) => ({
      ...deps,
      db: other,
      idempotency: createIdempotency({ db: other }),
      channels: new Map([["FAKE", gateway]]),
    }),
    connect: database.connect,
    async payableOrder(over = {}) {
      const orderId = over.orderId ?? newId();
      await harness.deliver(ordersOrderV1, OrderAwaitingPayment, {
        key: orderId,
        seq: 2,
        value: awaiting(orderId, over),
      });
      return orderId;
    },
    cancelOrder: (orderId, seq = 3) =>
      harness.deliver(ordersOrderV1, OrderCancelled, { key: orderId, seq, value: cancelled(orderId) }),
    attempts: (orderId) =>
      rows(db, "SELECT payment_id, status, failure_code FROM pay_transaction WHERE order_id = ? ORDER BY payment_id", [
        orderId,
      ]),
    async orderState(orderId) {
      const [row] = await rows<{ state: string }>(db, "SELECT state FROM pay_order WHERE order_id = ?", [orderId]);
      return row?.state;
    },
    async emittedOf(orderId) {
      const emitted = await harness.emitted();
      return emitted.filter(({ key }) => key === orderId).map(({ name, seq }) => `${seq} ${name}`);
    },
    async close() {
      waiter.stop();
      await database.close();
    },
  };
}

export function awaiting(orderId: string, over: Partial<OrderAwaitingPayment> = {}): OrderAwaitingPayment {
  return {
    orderId: orderId as OrderId,
    userId: USER as UserId,
    currency: "CNY",
    payCents: 2_500,
    payBy: Date.now() + 1_800_000,
    placedAt: Date.now(),
    fromCart: false,
    lines: [],
    ...over,
  };
}

export function cancelled(orderId: string): OrderCancelled {
  return {
    orderId: orderId as OrderId,
    userId: USER as UserId,
    reason: "SHOPPER",
    fromStatus: 0,
    cancelledAt: Date.now(),
  };
}

/** Pays as the usual shopper. */
export function payAs(
  deps: PayDeps,
  request: { orderId: string; key: string; userId?: string; scenario?: PayRequest["body"]["scenario"] },
) {
  const { orderId, key, userId = USER, scenario } = request;
  const body = { orderId, channel: "FAKE" as const, ...(scenario === undefined ? {} : { scenario }) };
  return payOrder(deps, { userId, key, body, cause: cause() });
}
