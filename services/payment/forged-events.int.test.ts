import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rows } from "#platform/database/database.ts";
import type { EventType } from "#platform/kafka/topic.ts";
import { OrderAwaitingPayment, OrderCancelled, RefundRequested } from "#schemas/event-types.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { awaiting, cancelled, newId, openPaymentBench, payAs, type PaymentBench } from "./payment-builder.ts";

let bench: PaymentBench;
beforeAll(async () => {
  bench = await openPaymentBench();
});
afterAll(() => bench.close());

const refund = { paymentId: "1", amountCents: 1, currency: "CNY", reason: "LATE_PAYMENT" };

describe("a forged event becomes poison and changes nothing", () => {
  const forged: [string, EventType<unknown>, (orderId: string) => object][] = [
    ["an amount below nothing", OrderAwaitingPayment, (id) => awaiting(id, { payCents: -1 })],
    ["a currency that is none", OrderAwaitingPayment, (id) => awaiting(id, { currency: "yuan" })],
    ["a time beyond all calendars", OrderAwaitingPayment, (id) => awaiting(id, { payBy: 9e15 })],
    ["a shopper that is none", OrderAwaitingPayment, (id) => awaiting(id, { userId: "1 OR 1=1" as never })],
    ["the order of another key", OrderAwaitingPayment, () => awaiting(newId())],
    ["the cancellation of another order", OrderCancelled, () => cancelled(newId())],
    ["the refund of another order", RefundRequested, () => ({ ...refund, orderId: newId() })],
  ];

  test.each(forged)("%s", async (_what, type, value) => {
    const [orderId, untouched] = [newId(), await bench.payableOrder()];
    const event = { key: orderId, seq: 1, value: value(orderId) };
    await bench.harness.deliver(ordersOrderV1, type, event);
    const parked = await rows(bench.db, "SELECT state, reason FROM parked_event WHERE msg_key = ?", [orderId]);
    expect(parked).toEqual([{ state: "poison", reason: "state" }]);
    expect(await bench.orderState(orderId)).toBeUndefined();
    expect(await payAs(bench.deps, { orderId: untouched, key: newId() })).toMatchObject({
      body: { status: "SUCCEEDED" },
    });
  });

  test.each(["x", "0", "1 OR 1=1"])("the key %j, which is none", async (key) => {
    await bench.harness.deliver(ordersOrderV1, OrderAwaitingPayment, { key, seq: 1, value: awaiting(key) });
    const parked = await rows(bench.db, "SELECT state, reason FROM parked_event WHERE msg_key = ?", [key]);
    expect(parked).toEqual([{ state: "poison", reason: "state" }]);
  });
});
