import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rows } from "#platform/database/database.ts";
import type { Delivery } from "#platform/testing/reaction-harness.ts";
import { OrderAwaitingPayment, OrderCancelled, RefundRequested } from "#schemas/event-types.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { awaiting, cancelled, newId, openPaymentBench, payAs, type PaymentBench } from "./payment-builder.ts";

let bench: PaymentBench;
beforeAll(async () => {
  bench = await openPaymentBench();
});
afterAll(() => bench.close());

const deliver = (...events: Delivery[]) => bench.harness.deliverBatch(events);
const opens = (orderId: string, seq = 2): Delivery => ({
  topic: ordersOrderV1,
  type: OrderAwaitingPayment,
  key: orderId,
  seq,
  value: awaiting(orderId),
});
const cancels = (orderId: string, seq = 3): Delivery => ({
  topic: ordersOrderV1,
  type: OrderCancelled,
  key: orderId,
  seq,
  value: cancelled(orderId),
});

const statuses = async (orderId: string) => (await bench.attempts(orderId)).map(({ status }) => status);

/** Delivers so that the process dies before, and then after, the commit, and both times starts again. */
async function deliverThroughCrashes(...events: Delivery[]): Promise<void> {
  bench.harness.crashAt("before-commit");
  await expect(deliver(...events)).rejects.toThrow("crash before-commit");
  bench.harness.crashAt("after-commit");
  await expect(bench.harness.redeliver()).rejects.toThrow("crash after-commit");
  await bench.harness.redeliver();
}

describe("open payment on OrderAwaitingPayment", () => {
  test("makes the order payable for its amount until its time", async () => {
    const orderId = newId();
    await deliver(opens(orderId));
    const [row] = await rows(
      bench.db,
      "SELECT user_id, amount_cents, currency, state FROM pay_order WHERE order_id = ?",
      [orderId],
    );
    expect(row).toEqual({ user_id: "4711", amount_cents: "2500", currency: "CNY", state: "PAYABLE" });
  });

  test("the same event twice changes nothing", async () => {
    const orderId = newId();
    await deliver(opens(orderId));
    await payAs(bench.deps, { orderId, key: newId() });
    await bench.harness.repeat();
    expect(await bench.orderState(orderId)).toBe("PAID");
  });

  test("late, after the cancellation: the order stays closed", async () => {
    const orderId = newId();
    await deliver(cancels(orderId, 3));
    await deliver(opens(orderId, 2));
    expect(await bench.orderState(orderId)).toBe("CLOSED");
  });

  test("a crash around the commit loses and doubles nothing", async () => {
    const orderId = newId();
    await deliverThroughCrashes(opens(orderId));
    expect(await bench.orderState(orderId)).toBe("PAYABLE");
    expect(await bench.emittedOf(orderId)).toEqual([]);
  });
});

describe("close payment on OrderCancelled", () => {
  async function pendingOrder(): Promise<string> {
    const orderId = await bench.payableOrder();
    await payAs(bench.deps, { orderId, key: newId(), scenario: "decline" });
    await payAs(bench.deps, { orderId, key: newId(), scenario: "pending" });
    return orderId;
  }

  test("closes the order and its pending attempts, and says nothing", async () => {
    const orderId = await pendingOrder();
    await deliver(cancels(orderId));
    expect(await bench.orderState(orderId)).toBe("CLOSED");
    expect(await statuses(orderId)).toEqual(["FAILED", "CLOSED"]);
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentFailed"]);
  });

  test("the same event twice changes nothing", async () => {
    const orderId = await pendingOrder();
    await deliver(cancels(orderId));
    await bench.harness.repeat();
    expect(await statuses(orderId)).toEqual(["FAILED", "CLOSED"]);
  });

  test("before anything else of its order: the order can never be opened", async () => {
    const orderId = newId();
    await deliver(cancels(orderId));
    expect(await bench.orderState(orderId)).toBe("CLOSED");
    expect(await payAs(bench.deps, { orderId, key: newId() })).toEqual({ refused: "ORDER_NOT_PAYABLE" });
  });

  test("opened and closed in one batch it is closed", async () => {
    const orderId = newId();
    await deliver(opens(orderId), cancels(orderId));
    expect(await bench.orderState(orderId)).toBe("CLOSED");
  });

  test("a crash around the commit loses and doubles nothing", async () => {
    const orderId = await pendingOrder();
    await deliverThroughCrashes(cancels(orderId));
    expect(await statuses(orderId)).toEqual(["FAILED", "CLOSED"]);
  });
});

describe("refund payment on RefundRequested", () => {
  async function paidOrder(): Promise<{ orderId: string; paymentId: string }> {
    const orderId = await bench.payableOrder();
    await payAs(bench.deps, { orderId, key: newId() });
    const [attempt] = await bench.attempts(orderId);
    return { orderId, paymentId: attempt!.payment_id };
  }
  const asks = ({ orderId, paymentId }: { orderId: string; paymentId: string }, over: object = {}): Delivery => ({
    topic: ordersOrderV1,
    type: RefundRequested,
    key: orderId,
    seq: 5,
    value: { orderId, paymentId, amountCents: 2_500, currency: "CNY", reason: "STOCK_SHORTAGE", ...over },
  });
  const refundsOf = (orderId: string) =>
    rows(bench.db, "SELECT reason, status, amount_cents FROM pay_refund WHERE order_id = ?", [orderId]);
  const one = [{ reason: "STOCK_SHORTAGE", status: "PENDING", amount_cents: "2500" }];

  test("notes one refund, to be asked for after the commit", async () => {
    const paid = await paidOrder();
    await deliver(asks(paid));
    expect(await refundsOf(paid.orderId)).toEqual(one);
    expect(await statuses(paid.orderId)).toEqual(["REFUNDING"]);
    expect(await bench.emittedOf(paid.orderId)).toEqual(["1 PaymentSucceeded"]);
  });

  test("the same event twice, and another request for the same payment, change nothing", async () => {
    const paid = await paidOrder();
    await deliver(asks(paid));
    await bench.harness.repeat();
    await deliver({ ...asks(paid), seq: 6 });
    expect(await refundsOf(paid.orderId)).toEqual(one);
  });

  test("beside the cancellation, in either order, it refunds once", async () => {
    const [first, second] = [await paidOrder(), await paidOrder()];
    await deliver(cancels(first.orderId, 4), asks(first));
    await deliver(asks(second), cancels(second.orderId, 6));
    for (const { orderId } of [first, second]) {
      expect(await refundsOf(orderId)).toEqual(one);
      expect(await bench.orderState(orderId)).toBe("CLOSED");
    }
  });

  test("a crash around the commit loses and doubles nothing", async () => {
    const paid = await paidOrder();
    await deliverThroughCrashes(asks(paid));
    expect(await refundsOf(paid.orderId)).toEqual(one);
  });

  test.each([{ amountCents: 2_501 }, { currency: "USD" }, { paymentId: "1" }])(
    "what was never captured does not go back, and stops only its own order: %o",
    async (over) => {
      const [paid, other] = [await paidOrder(), newId()];
      await deliver(asks(paid, over), opens(other));
      expect(await refundsOf(paid.orderId)).toEqual([]);
      expect(await bench.orderState(other)).toBe("PAYABLE");
      const [parked] = await rows(bench.db, "SELECT state, reason FROM parked_event WHERE msg_key = ?", [paid.orderId]);
      expect(parked).toEqual({ state: "poison", reason: "state" });
    },
  );
});
