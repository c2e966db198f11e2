import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute, inTransaction, rows } from "#platform/database/database.ts";
import type { EventType, Topic } from "#platform/kafka/topic.ts";
import {
  OrderPaymentTimedOut,
  PaymentFailed,
  PaymentSucceeded,
  RefundFailed,
  RefundSucceeded,
  StockDeducted,
  StockLocked,
  StockLockRejected,
  StockReleased,
  StockShortage,
} from "#schemas/event-types.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { paymentPaymentV1 } from "#topics/payment.payment.v1.ts";
import { sweeperTimeoutV1 } from "#topics/sweeper.timeout.v1.ts";
import { aLine, anOrder, asOrderId, asPaymentId } from "./order-builders.ts";
import { insertHistory, insertOrder, readHistory } from "./order-store.ts";
import type { Order } from "./order.ts";
import { openTestShop, type TestShop } from "./shop-builder.ts";

let shop: TestShop;
let nextId = 7_000;
beforeAll(async () => {
  shop = await openTestShop();
});
beforeEach(() => shop.harness.drainOutbox());
afterAll(() => shop.close());

async function stored(fields: Partial<Order>): Promise<Order> {
  nextId += 1;
  const order = anOrder({ orderId: asOrderId(String(nextId)), ...fields });
  const { orderId, status, stock, placedAt } = order;
  await inTransaction(shop.database.db, async (trx) => {
    await insertOrder(trx, order, { lines: [aLine()], address: Buffer.from("x"), remark: null });
    await insertHistory(trx, [{ orderId, rowNo: 1, event: "OrderPlaced", status, stock, reason: null, at: placedAt }]);
  });
  return order;
}

const lines = [{ skuId: "9001", quantity: 2 }];
const shortages = [{ skuId: "9001", requested: 2, available: 1, reason: "SHORT" }];
const payment = { paymentId: "601", userId: "501", channel: "FAKE", amountCents: 3_000, currency: "CNY" };
const refund = { refundId: "1", paymentId: "601", amountCents: 3_000, currency: "CNY", reason: "LATE_PAYMENT" };
const past = new Date("2026-01-01T00:00:00.000Z");
const paid: Partial<Order> = { status: 1, stock: "LOCKED", paymentId: asPaymentId("601"), paidAt: past };

interface Case {
  readonly topic: Topic;
  readonly type: EventType<unknown>;
  readonly from: Partial<Order>;
  readonly value: object;
  readonly becomes: Partial<Order>;
  readonly says: readonly object[];
  readonly facts: readonly string[];
}

const cases: Record<string, Case> = {
  "make order payable on StockLocked": {
    topic: catalogStockV1,
    type: StockLocked,
    from: {},
    value: { lines },
    becomes: { status: 0, stock: "LOCKED" },
    says: [
      { name: "OrderAwaitingPayment", value: { fromCart: true, payCents: 3_000, lines: [{ cartLineVersion: 4 }] } },
    ],
    facts: ["StockLocked"],
  },
  "cancel order on StockLockRejected": {
    topic: catalogStockV1,
    type: StockLockRejected,
    from: {},
    value: { shortages },
    becomes: { status: 5, stock: "REJECTED", cancelReason: "STOCK_REJECTED", shortages: shortages as never },
    says: [{ name: "OrderCancelled", value: { reason: "STOCK_REJECTED", fromStatus: 0 } }],
    facts: ["StockLockRejected", "OrderCancelled"],
  },
  "record deduction on StockDeducted": {
    topic: catalogStockV1,
    type: StockDeducted,
    from: paid,
    value: { lines },
    becomes: { status: 1, stock: "DEDUCTED" },
    says: [],
    facts: ["StockDeducted"],
  },
  "record release on StockReleased": {
    topic: catalogStockV1,
    type: StockReleased,
    from: { status: 5, stock: "LOCKED" },
    value: { lines },
    becomes: { status: 5, stock: "RELEASED" },
    says: [],
    facts: ["StockReleased"],
  },
  "cancel paid order on StockShortage": {
    topic: catalogStockV1,
    type: StockShortage,
    from: paid,
    value: { shortages },
    becomes: { status: 5, stock: "REJECTED", cancelReason: "STOCK_SHORTAGE", refunds: { "601": "OPEN" } },
    says: [
      { name: "OrderCancelled", value: { reason: "STOCK_SHORTAGE", fromStatus: 1 } },
      { name: "RefundRequested", value: { paymentId: "601", amountCents: 3_000, reason: "STOCK_SHORTAGE" } },
    ],
    facts: ["StockShortage", "OrderCancelled", "RefundRequested"],
  },
  "mark order paid on PaymentSucceeded": {
    topic: paymentPaymentV1,
    type: PaymentSucceeded,
    from: { stock: "LOCKED" },
    value: { ...payment, paidAt: past.getTime() },
    becomes: { status: 1, paymentId: asPaymentId("601"), paidAt: past },
    says: [{ name: "OrderPaid", value: { paymentId: "601", lines } }],
    facts: ["OrderPaid"],
  },
  "ask for a refund on a late PaymentSucceeded": {
    topic: paymentPaymentV1,
    type: PaymentSucceeded,
    from: { status: 5, stock: "RELEASED" },
    value: { ...payment, paidAt: past.getTime() },
    becomes: { status: 5, latePayment: true, refunds: { "601": "OPEN" } },
    says: [{ name: "RefundRequested", value: { paymentId: "601", reason: "LATE_PAYMENT" } }],
    facts: ["PaymentSucceeded", "RefundRequested"],
  },
  "record failure on PaymentFailed": {
    topic: paymentPaymentV1,
    type: PaymentFailed,
    from: { stock: "LOCKED" },
    value: { ...payment, failedAt: past.getTime(), failureCode: "DECLINED" },
    becomes: { status: 0 },
    says: [],
    facts: ["PaymentFailed"],
  },
  "record refund on RefundSucceeded": {
    topic: paymentPaymentV1,
    type: RefundSucceeded,
    from: { status: 5, refunds: { "601": "OPEN" } },
    value: refund,
    becomes: { refunds: { "601": "DONE" } },
    says: [],
    facts: ["RefundSucceeded"],
  },
  "record refund on RefundFailed": {
    topic: paymentPaymentV1,
    type: RefundFailed,
    from: { status: 5, refunds: { "601": "OPEN" } },
    value: { ...refund, failureCode: "GONE" },
    becomes: { refunds: { "601": "FAILED" } },
    says: [],
    facts: ["RefundFailed"],
  },
  "cancel order on OrderPaymentTimedOut": {
    topic: sweeperTimeoutV1,
    type: OrderPaymentTimedOut,
    from: { stock: "LOCKED" },
    value: { payBy: 0 },
    becomes: { status: 5, stock: "LOCKED", cancelReason: "PAYMENT_TIMEOUT" },
    says: [{ name: "OrderCancelled", value: { reason: "PAYMENT_TIMEOUT" } }],
    facts: ["OrderCancelled"],
  },
};

describe.each(Object.entries(cases))("%s", (_name, { topic, type, from, value, becomes, says, facts }) => {
  const deliver = (order: Order, seq = 1): Promise<void> =>
    shop.harness.deliver(topic, type, { key: order.orderId, seq, value: { orderId: order.orderId, ...value } });
  const historyOf = async (orderId: string) =>
    ((await readHistory(shop.database.db, [orderId], 1)).get(orderId) ?? []).map(({ event }) => event);

  const outcomeOf = async ({ orderId }: Order) => ({
    order: await shop.order(orderId),
    emitted: await shop.harness.emitted(),
    facts: await historyOf(orderId),
  });
  const once = ({ orderId }: Order) => ({
    order: { ...becomes, seq: 1 + says.length },
    emitted: says.map((said, index) => ({ ...said, key: orderId, seq: 2 + index })),
    facts,
  });

  it("works", async () => {
    const order = await stored(from);
    await deliver(order);
    expect(await outcomeOf(order)).toMatchObject(once(order));
  });

  it("does nothing when the same event comes twice, at the same or at another offset", async () => {
    const order = await stored(from);
    await deliver(order);
    await shop.harness.redeliver();
    await shop.harness.repeat();
    expect(await outcomeOf(order)).toMatchObject(once(order));
  });

  it("waits for an event that is missing, takes both in order and drops what comes late", async () => {
    const order = await stored(from);
    await deliver(order, 2);
    expect(await historyOf(order.orderId)).toEqual([]);
    await deliver(order, 1);
    await execute(shop.database.db, "UPDATE parked_event SET next_try_at = NOW(3) - INTERVAL 1 SECOND");
    await shop.harness.replayParked();
    await deliver(order, 1);
    expect(await shop.order(order.orderId)).toMatchObject({ ...becomes, seq: 1 + says.length });
    expect((await historyOf(order.orderId)).slice(0, facts.length)).toEqual(facts);
    expect(await shop.harness.emitted()).toHaveLength(says.length);
  });

  it.each(["before-commit", "after-commit"] as const)("loses and doubles nothing in a crash %s", async (point) => {
    const order = await stored(from);
    shop.harness.crashAt(point);
    await expect(deliver(order)).rejects.toThrow("crash");
    await shop.harness.redeliver();
    expect(await outcomeOf(order)).toMatchObject(once(order));
  });
});

describe("orders facts", () => {
  const locked = (orderId: string, key = orderId) =>
    shop.harness.deliver(catalogStockV1, StockLocked, { key, seq: 1, value: { orderId, lines } as never });

  it("passes over an order that is not here", async () => {
    await locked("424242");
    expect(await shop.harness.emitted()).toEqual([]);
  });

  it("parks an event that speaks of another order than its key, and one whose key is none", async () => {
    const order = await stored({});
    await locked("1", order.orderId);
    await locked("x", "x");
    const parked = await rows(shop.database.db, "SELECT state FROM parked_event WHERE state = 'poison'");
    expect(parked).toEqual([{ state: "poison" }, { state: "poison" }]);
    expect((await shop.order(order.orderId)).stock).toBe("PENDING");
    await execute(shop.database.db, "DELETE FROM parked_event");
  });

  it("leaves an order alone whose time has not come", async () => {
    const order = await stored({ payBy: new Date(Date.now() + 60_000) });
    const value = { orderId: order.orderId, payBy: 0 };
    await shop.harness.deliver(sweeperTimeoutV1, OrderPaymentTimedOut, { key: order.orderId, seq: 1, value });
    expect((await shop.order(order.orderId)).status).toBe(0);
  });

  it("never lets a forged amount pay", async () => {
    const order = await stored({ stock: "LOCKED" });
    const value = { ...payment, orderId: order.orderId, amountCents: -3_000, paidAt: 1 } as never;
    await shop.harness.deliver(paymentPaymentV1, PaymentSucceeded, { key: order.orderId, seq: 1, value });
    expect((await shop.order(order.orderId)).status).toBe(0);
    await execute(shop.database.db, "DELETE FROM parked_event");
  });

  it("takes in hundreds of orders as one batch", async () => {
    const orders = [];
    for (let count = 0; count < 200; count += 1) orders.push(await stored({}));
    await shop.harness.deliverBatch(
      orders.map(({ orderId }) => ({
        topic: catalogStockV1,
        type: StockLocked,
        key: orderId,
        seq: 1,
        value: { orderId, lines },
      })),
    );
    const emitted = await shop.harness.emitted();
    expect(new Set(emitted.map(({ key }) => key)).size).toBe(200);
    expect(emitted).toHaveLength(200);
  });
});
