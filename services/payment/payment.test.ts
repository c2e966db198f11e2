import { describe, expect, test } from "vitest";
import { ATTEMPT_STATUSES, settle, whyNotPayable } from "./payment.ts";

const ORDER_STATES = ["PAYABLE", "PAID", "CLOSED"] as const;

describe("settling an attempt", () => {
  test("pays a payable order and says so", () => {
    const step = { order: "PAID", attempt: "SUCCEEDED", emits: "PaymentSucceeded", contradicts: false };
    expect(settle("PAYABLE", "PENDING", "SUCCEEDED")).toEqual(step);
  });

  test("takes a second success for a duplicate and says nothing: payment refunds it by itself", () => {
    const step = { order: "PAID", attempt: "DUPLICATE", emits: "nothing", contradicts: false };
    expect(settle("PAID", "PENDING", "SUCCEEDED")).toEqual(step);
  });

  test.each(["PENDING", "CLOSED"] as const)(
    "counts a late success of a %s attempt, and the order stays closed",
    (was) => {
      const step = { order: "CLOSED", attempt: "SUCCEEDED", emits: "PaymentSucceeded", contradicts: false };
      expect(settle("CLOSED", was, "SUCCEEDED")).toEqual(step);
    },
  );

  test("fails a pending attempt and leaves the order to be paid by another", () => {
    const step = { order: "PAYABLE", attempt: "FAILED", emits: "PaymentFailed", contradicts: false };
    expect(settle("PAYABLE", "PENDING", "FAILED")).toEqual(step);
  });

  test("a failure of a closed attempt is no news", () => {
    expect(settle("CLOSED", "CLOSED", "FAILED")).toMatchObject({
      attempt: "CLOSED",
      emits: "nothing",
      contradicts: false,
    });
  });

  test("the first final word stands, whatever comes after it", () => {
    const final = ATTEMPT_STATUSES.filter((status) => status !== "PENDING" && status !== "CLOSED");
    for (const order of ORDER_STATES) {
      for (const attempt of final) {
        for (const outcome of ["SUCCEEDED", "FAILED", "PENDING"] as const) {
          expect(settle(order, attempt, outcome)).toMatchObject({ order, attempt, emits: "nothing" });
        }
        expect(settle(order, attempt, "SUCCEEDED").contradicts).toBe(attempt === "FAILED");
        expect(settle(order, attempt, "FAILED").contradicts).toBe(attempt !== "FAILED");
      }
    }
  });
});

describe("a new attempt", () => {
  const order = { orderId: "1", userId: "2", amountCents: 1, currency: "CNY" };
  test.each([
    ["PAYABLE", false, undefined],
    ["PAYABLE", true, "ORDER_PAYMENT_EXPIRED"],
    ["PAID", true, "ORDER_ALREADY_PAID"],
    ["CLOSED", false, "ORDER_NOT_PAYABLE"],
  ] as const)("of an order that is %s, past its time: %s, is answered %s", (state, expired, code) => {
    expect(whyNotPayable({ ...order, state, expired })).toBe(code);
  });
});
