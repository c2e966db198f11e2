import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { type Gateway, aGateway, cause, newId, openPaymentBench, payAs, type PaymentBench } from "./payment-builder.ts";
import { refundPayments, type RefundDeps } from "./refund-payments.ts";
import { takeCallback } from "./take-callback.ts";

let bench: PaymentBench;
beforeAll(async () => {
  bench = await openPaymentBench();
});
afterAll(() => bench.close());

const refunding = (gateway: Gateway, over: Partial<RefundDeps> = {}): RefundDeps => ({
  ...bench.with({ gateway }),
  maxTries: 3,
  log: createLogger({ service: "test", instance: "test", level: "silent" }),
  cause,
  ...over,
});
const makeDue = () => execute(bench.db, "UPDATE pay_refund SET next_try_at = NOW(3) WHERE status = 'PENDING'");

/** An order paid twice: the second payment is to go back. */
async function paidTwice(): Promise<string> {
  const orderId = await bench.payableOrder();
  await payAs(bench.deps, { orderId, key: newId(), scenario: "pending" });
  await payAs(bench.deps, { orderId, key: newId() });
  const [{ payment_id: paymentId } = { payment_id: "" }] = await bench.attempts(orderId);
  const notification = {
    paymentId,
    gatewayRef: "g",
    result: "SUCCEEDED" as const,
    amountCents: 2_500,
    currency: "CNY",
  };
  await takeCallback(bench.deps, { channel: "FAKE", notification, cause: cause() });
  return orderId;
}
const statuses = async (orderId: string) => (await bench.attempts(orderId)).map(({ status }) => status);
const refundOf = async (orderId: string) =>
  (await rows<object>(bench.db, "SELECT status, tries, failure_code FROM pay_refund WHERE order_id = ?", [orderId]))[0];

describe("refunding payments", () => {
  test("gives a doubled payment back once and says only RefundSucceeded, also with two jobs at once", async () => {
    const orderId = await paidTwice();
    expect(await statuses(orderId)).toEqual(["DUPLICATE", "SUCCEEDED"]);
    const gateway = aGateway();
    await Promise.all([
      refundPayments(refunding(gateway)),
      refundPayments(refunding(gateway, { db: bench.connect() })),
    ]);
    expect(gateway.refunded).toHaveLength(1);
    expect(await statuses(orderId)).toEqual(["REFUNDED", "SUCCEEDED"]);
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded", "2 RefundSucceeded"]);
  });

  test("a channel that does not answer is asked again, later and under the same refund id", async () => {
    const orderId = await paidTwice();
    const broken = aGateway({ refund: () => Promise.reject(new Error("no answer")) });
    await refundPayments(refunding(broken));
    await refundPayments(refunding(broken));
    expect(broken.refunded).toHaveLength(1);
    expect(await refundOf(orderId)).toEqual({ status: "PENDING", tries: 1, failure_code: null });
    await makeDue();
    const gateway = aGateway();
    await refundPayments(refunding(gateway));
    expect(gateway.refunded).toEqual(broken.refunded);
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded", "2 RefundSucceeded"]);
  });

  test("a final refusal, or the last try, ends in RefundFailed", async () => {
    const [refused, unanswered] = [await paidTwice(), await paidTwice()];
    await execute(bench.db, "UPDATE pay_refund SET tries = 2 WHERE order_id = ?", [unanswered]);
    const gateway = aGateway({
      refund: async ({ orderId }) =>
        orderId === refused ? { state: "FAILED", failureCode: "ACCOUNT_CLOSED" } : { state: "PENDING" },
    });
    await refundPayments(refunding(gateway));
    expect(await refundOf(refused)).toMatchObject({ status: "FAILED", failure_code: "ACCOUNT_CLOSED" });
    expect(await refundOf(unanswered)).toMatchObject({ status: "FAILED", failure_code: "GAVE_UP" });
    expect(await statuses(refused)).toEqual(["REFUND_FAILED", "SUCCEEDED"]);
    expect(await bench.emittedOf(unanswered)).toEqual(["1 PaymentSucceeded", "2 RefundFailed"]);
  });
});
