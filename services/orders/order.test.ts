import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anOrder, aPayment, asPaymentId } from "./order-builders.ts";
import {
  cancelByShopper,
  type Change,
  confirmReceipt,
  isClosed,
  meetStock,
  noteRefund,
  type Order,
  orderSn,
  placed,
  type Refused,
  ship,
  type Stock,
  STATUS,
  type Status,
  type StockAnswer,
  takePayment,
  timeOut,
} from "./order.ts";

const now = new Date("2026-01-02T03:20:00.000Z");
const afterWindow = new Date("2026-01-02T04:00:00.000Z");
const shipment = { carrier: "SF", trackingNumber: "SF1" };
const shortages = [{ skuId: "9001", requested: 2, available: 1, reason: "SHORT" }] as never;
const told = (change: Change) => change.told.map(({ name }) => name);
const facts = (change: Change) => change.facts.map(({ event }) => event);

describe("orders meeting stock answers", () => {
  const all: Stock[] = ["PENDING", "LOCKED", "REJECTED", "DEDUCTED", "RELEASED"];
  const table: [StockAnswer, Status, Stock, { status?: Status; stock?: Stock; told?: string[] }][] = [
    ["StockLocked", 0, "PENDING", { stock: "LOCKED", told: ["OrderAwaitingPayment"] }],
    ["StockLocked", 1, "PENDING", { stock: "LOCKED" }],
    ["StockLocked", 5, "PENDING", { stock: "LOCKED" }],
    ["StockLockRejected", 0, "PENDING", { status: 5, stock: "REJECTED", told: ["OrderCancelled"] }],
    ["StockLockRejected", 1, "PENDING", { stock: "REJECTED" }],
    ["StockLockRejected", 5, "PENDING", { stock: "REJECTED" }],
    ["StockDeducted", 1, "LOCKED", { stock: "DEDUCTED" }],
    ["StockDeducted", 2, "LOCKED", { stock: "DEDUCTED" }],
    ["StockDeducted", 4, "LOCKED", { stock: "DEDUCTED" }],
    ["StockDeducted", 5, "LOCKED", {}],
    ["StockReleased", 5, "LOCKED", { stock: "RELEASED" }],
    ["StockReleased", 2, "DEDUCTED", {}],
    ["StockShortage", 1, "LOCKED", { status: 5, stock: "REJECTED", told: ["OrderCancelled", "RefundRequested"] }],
    ["StockShortage", 0, "LOCKED", {}],
    ["StockShortage", 2, "DEDUCTED", {}],
  ];
  it.each(table)("%s at status %i with stock %s", (...row) => {
    const [answer, status, stock, expected] = row;
    const paid = status === 1 ? { paymentId: asPaymentId("601") } : {};
    const order = anOrder({ status, stock, ...paid });
    const change = meetStock(order, answer, { now, shortages: answer === "StockShortage" ? shortages : [] });
    expect(change.order).toMatchObject({ status: expected.status ?? status, stock: expected.stock ?? stock });
    expect(told(change)).toEqual(expected.told ?? []);
    expect(facts(change)[0]).toBe(answer);
  });

  it("records every other pair and changes neither status nor anything outside", () => {
    for (const answer of ["StockDeducted", "StockReleased", "StockShortage"] as const) {
      for (const status of [2, 4] as const) {
        for (const stock of all) {
          const change = meetStock(anOrder({ status, stock }), answer, { now });
          expect(change.order.status).toBe(status);
          expect(change.told).toEqual([]);
          expect(change.facts).toHaveLength(1);
        }
      }
    }
  });

  it("keeps what was short, for the shopper who waits", () => {
    expect(meetStock(anOrder(), "StockLockRejected", { now, shortages }).order.shortages).toEqual(shortages);
  });
});

describe("payments", () => {
  it("pays an open order, whatever its pay-by time says", () => {
    const change = takePayment(anOrder({ stock: "LOCKED", payBy: new Date(0) }), aPayment());
    expect(change.order).toMatchObject({ status: 1, paymentId: "601" });
    expect(told(change)).toEqual(["OrderPaid"]);
  });

  it.each([
    ["LATE_PAYMENT", anOrder({ status: 5 }), aPayment()],
    ["DUPLICATE_PAYMENT", anOrder({ status: 2, paymentId: asPaymentId("600") }), aPayment()],
    ["AMOUNT_MISMATCH", anOrder(), aPayment({ amountCents: 1 })],
    ["AMOUNT_MISMATCH", anOrder(), aPayment({ currency: "USD" })],
  ])("gives money back: %s", (reason, order, payment) => {
    const change = takePayment(order, payment);
    expect(change.order.status).toBe(order.status);
    expect(change.told).toMatchObject([{ name: "RefundRequested", reason }]);
    expect(facts(change)).toEqual(["PaymentSucceeded", "RefundRequested"]);
  });

  it("does nothing but note it when the same payment comes again", () => {
    expect(takePayment(anOrder({ status: 1, paymentId: asPaymentId("601") }), aPayment()).told).toEqual([]);
    expect(takePayment(anOrder({ status: 5, refunds: { "601": "OPEN" } }), aPayment()).told).toEqual([]);
  });
});

describe("time and people", () => {
  it("times out only an open order whose time has passed", () => {
    expect(told(timeOut(anOrder(), afterWindow))).toEqual(["OrderCancelled"]);
    expect(timeOut(anOrder(), now).facts).toEqual([]);
    expect(timeOut(anOrder({ status: 1 }), afterWindow).facts).toEqual([]);
  });

  it("ships only what is paid and deducted, and answers a repeat alike", () => {
    const shipped = ship(anOrder({ status: 1, stock: "DEDUCTED" }), shipment, now) as Change;
    expect(shipped.order.status).toBe(STATUS.SHIPPED);
    expect((ship(shipped.order, shipment, now) as Change).facts).toEqual([]);
    expect(ship(shipped.order, { ...shipment, carrier: "YT" }, now)).toBe("ORDER_NOT_SHIPPABLE");
    expect(ship(anOrder({ status: 1, stock: "LOCKED" }), shipment, now)).toBe("ORDER_NOT_SHIPPABLE");
  });

  it("lets a person cancel only what nobody has paid, and confirm only what was shipped", () => {
    expect(cancelByShopper(anOrder({ status: 1 }), null, now)).toBe("ORDER_NOT_CANCELLABLE");
    expect(confirmReceipt(anOrder({ status: 1 }), false, now)).toBe("ORDER_NOT_RECEIVABLE");
  });

  it("closes the story when nothing more can come", () => {
    expect(isClosed(anOrder({ status: 4 }))).toBe("now");
    expect(isClosed(anOrder({ status: 5, stock: "LOCKED" }))).toBe("never");
    expect(isClosed(anOrder({ status: 5, stock: "PENDING" }))).toBe("after-grace");
    expect(isClosed(anOrder({ status: 5, stock: "RELEASED", refunds: { "1": "OPEN" } }))).toBe("never");
    expect(isClosed(anOrder({ status: 5, stock: "RELEASED", refunds: { "1": "DONE" } }))).toBe("now");
  });

  it("numbers orders by day and id", () => {
    expect(orderSn("7001", now)).toBe("20260102000000000007001");
    expect(orderSn("1234567890123456789", now)).toBe("20260102567890123456789");
  });
});

type Step = (order: Order) => Change | Refused;
const answers = ["StockLocked", "StockLockRejected", "StockDeducted", "StockReleased", "StockShortage"] as const;
const steps = fc.oneof<fc.Arbitrary<{ step: Step; payment?: string }>[]>(
  fc
    .constantFrom(...answers)
    .map((answer) => ({ step: (order: Order) => meetStock(order, answer, { now, shortages }) })),
  fc
    .record({ id: fc.constantFrom("601", "602", "603"), amountCents: fc.constantFrom(3_000, 3_000, 1) })
    .map((paid) => ({
      step: (order: Order) =>
        takePayment(order, aPayment({ paymentId: asPaymentId(paid.id), amountCents: paid.amountCents })),
      payment: paid.id,
    })),
  fc.constantFrom("601", "602", "603").map((id) => ({
    step: (order: Order) =>
      order.refunds[id]
        ? noteRefund(order, asPaymentId(id), { succeeded: true, reason: "LATE_PAYMENT" })
        : "ORDER_NOT_RECEIVABLE",
  })),
  fc
    .constantFrom<Step>(
      (order) => timeOut(order, afterWindow),
      (order) => timeOut(order, now),
      (order) => cancelByShopper(order, null, now),
      (order) => ship(order, shipment, now),
      (order) => confirmReceipt(order, false, now),
      (order) => confirmReceipt(order, true, now),
    )
    .map((step) => ({ step })),
);

describe("whatever happens in whatever order", () => {
  it("an order ends once, and money goes back exactly when it has bought no goods", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), (happened) => {
        let order = placed(anOrder({ seq: 0, historyRows: 0 })).order;
        const saids: string[] = [];
        const refunded: string[] = [];
        const paidIn = new Set<string>();
        for (const { step, payment } of happened) {
          if (payment) paidIn.add(payment);
          const change = step(order);
          if (typeof change === "string") continue;
          const hasEnded = order.status === 4 || order.status === 5;
          expect(hasEnded && change.order.status !== order.status).toBe(false);
          for (const what of change.told) {
            saids.push(what.name);
            if (what.name === "RefundRequested") refunded.push(what.payment.paymentId);
          }
          order = change.order;
        }
        const count = (name: string) => saids.filter((said) => said === name).length;
        for (const name of ["OrderAwaitingPayment", "OrderPaid", "OrderShipped", "OrderCompleted"]) {
          expect(count(name)).toBeLessThanOrEqual(1);
        }
        expect(count("OrderCancelled")).toBe(order.status === 5 ? 1 : 0);
        expect(new Set(refunded).size).toBe(refunded.length);
        for (const id of paidIn) {
          const hasBought = order.paymentId === id && order.status !== 5;
          expect(refunded.includes(id)).toBe(!hasBought);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
