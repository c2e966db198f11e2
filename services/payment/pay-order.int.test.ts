import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordedStatements } from "#platform/testing/recorded-statements.ts";
import { execute, rows } from "#platform/database/database.ts";
import { AppError } from "#platform/errors/app-error.ts";
import type { Answer, Refusal } from "#platform/http/route.ts";
import { aGateway, awaiting, cause, newId, openPaymentBench, payAs, type PaymentBench } from "./payment-builder.ts";
import { resumeAbandonedPayments } from "./resume-abandoned-payments.ts";
import { takeCallback } from "./take-callback.ts";
import { OrderAwaitingPayment } from "#schemas/event-types.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";

let bench: PaymentBench;
beforeAll(async () => {
  bench = await openPaymentBench();
});
afterAll(() => bench.close());

const bodyOf = (outcome: Answer | Refusal) => ("refused" in outcome ? outcome : outcome.body) as never;
const statuses = async (orderId: string) => (await bench.attempts(orderId)).map(({ status }) => status);

/** What a process leaves behind that is killed: its claim runs out. */
async function letClaimsExpire(): Promise<void> {
  await execute(bench.db, "UPDATE idempotency SET locked_until = NOW(3) - INTERVAL 1 SECOND WHERE state = 'running'");
}

describe("paying an order", () => {
  test("takes the money, marks the order paid and says so", async () => {
    const orderId = await bench.payableOrder();
    const answer = await payAs(bench.deps, { orderId, key: "happy" });
    expect(answer).toMatchObject({
      status: 201,
      body: { orderId, status: "SUCCEEDED", amountCents: 2_500, currency: "CNY" },
    });
    expect(await bench.orderState(orderId)).toBe("PAID");
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });

  test("costs seven round trips to the database", async () => {
    const orderId = await bench.payableOrder();
    const db = bench.connect();
    const statements = recordedStatements(db);
    await payAs(bench.with({ db }), { orderId, key: "counted" });
    expect(statements).toHaveLength(7);
  });

  test("declined: 201 FAILED with the code, and the order may be paid again", async () => {
    const orderId = await bench.payableOrder();
    const declined = await payAs(bench.deps, { orderId, key: "declined", scenario: "decline" });
    expect(declined).toMatchObject({ status: 201, body: { status: "FAILED", failureCode: "DECLINED" } });
    expect(await payAs(bench.deps, { orderId, key: "second card" })).toMatchObject({ body: { status: "SUCCEEDED" } });
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentFailed", "2 PaymentSucceeded"]);
  });

  test("the gateway's fault: 503 and the attempt ends FAILED; the same key then tells how it ended", async () => {
    const orderId = await bench.payableOrder();
    const first = await payAs(bench.deps, { orderId, key: "fault", scenario: "error" });
    expect(first).toMatchObject({ refused: "PAYMENT_CHANNEL_UNAVAILABLE", status: 503 });
    const again = await payAs(bench.deps, { orderId, key: "fault", scenario: "error" });
    expect(again).toMatchObject({
      status: 201,
      body: { status: "FAILED" },
      headers: { "Idempotency-Replayed": "true" },
    });
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentFailed"]);
  });

  test("a channel that is reserved is not open", async () => {
    expect(await payAs({ ...bench.deps, channels: new Map() }, { orderId: "1", key: "x" })).toMatchObject({
      refused: "CHANNEL_NOT_OPEN",
      status: 501,
    });
  });

  test("says why an order cannot be paid, and leaves no attempt", async () => {
    const paid = await bench.payableOrder();
    await payAs(bench.deps, { orderId: paid, key: "pays" });
    const closed = await bench.payableOrder();
    await bench.cancelOrder(closed);
    const late = await bench.payableOrder({ payBy: Date.now() - 1_000 });
    const foreign = await bench.payableOrder();
    const refusalOf = async (orderId: string, userId?: string) =>
      (await payAs(bench.deps, { orderId, key: newId(), ...(userId ? { userId } : {}) })) as Refusal;
    expect(await refusalOf(paid)).toEqual({ refused: "ORDER_ALREADY_PAID" });
    expect(await refusalOf(closed)).toEqual({ refused: "ORDER_NOT_PAYABLE" });
    expect(await refusalOf(late)).toEqual({ refused: "ORDER_PAYMENT_EXPIRED" });
    expect(await refusalOf(foreign, "4712")).toEqual({ refused: "NOT_FOUND", status: 404 });
    expect(await statuses(late)).toEqual([]);
  });

  test("waits for an order that payment has not heard of yet", async () => {
    const orderId = newId();
    const paying = payAs(bench.deps, { orderId, key: "early" });
    await bench.harness.deliver(ordersOrderV1, OrderAwaitingPayment, {
      key: orderId,
      seq: 2,
      value: awaiting(orderId),
    });
    expect(await paying).toMatchObject({ status: 201, body: { status: "SUCCEEDED" } });
  });

  test("gives the wait up after 2 s, and the key may be used again", async () => {
    const orderId = newId();
    const refused = { refused: "ORDER_NOT_PAYABLE_YET", retryAfterSeconds: 1 };
    expect(await payAs(bench.deps, { orderId, key: "too early" })).toEqual(refused);
    await bench.payableOrder({ orderId: orderId as never });
    expect(await payAs(bench.deps, { orderId, key: "too early" })).toMatchObject({ status: 201 });
  });
});

describe("race 3: pay twice with one key", () => {
  test("50 at once make one charge and one attempt, and answer all alike", async () => {
    const orderId = await bench.payableOrder();
    const gateway = aGateway();
    const instances = [bench.with({ gateway }), bench.with({ gateway, db: bench.connect() })];
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, n) => payAs(instances[n % 2]!, { orderId, key: "one key" })),
    );
    const answers = all.filter((outcome) => !("refused" in outcome));
    const refusals = all.filter((outcome) => "refused" in outcome);
    expect(answers.length).toBeGreaterThan(0);
    expect(new Set(answers.map((answer) => JSON.stringify(bodyOf(answer)))).size).toBe(1);
    expect(new Set(refusals.map(({ refused }) => refused))).toEqual(
      new Set(refusals.length > 0 ? ["IDEMPOTENCY_KEY_IN_PROGRESS"] : []),
    );
    expect(gateway.charged).toHaveLength(1);
    expect(await statuses(orderId)).toEqual(["SUCCEEDED"]);
    const replay = await payAs(instances[1]!, { orderId, key: "one key" });
    expect(replay).toMatchObject({ body: bodyOf(answers[0]!), headers: { "Idempotency-Replayed": "true" } });
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });

  test("the same key for something else is refused", async () => {
    const [one, other] = [await bench.payableOrder(), await bench.payableOrder()];
    await payAs(bench.deps, { orderId: one, key: "reused" });
    expect(await payAs(bench.deps, { orderId: other, key: "reused" })).toMatchObject({
      refused: "IDEMPOTENCY_KEY_REUSED",
    });
  });

  test("is remembered by the attempt when the key's row is long forgotten", async () => {
    const [orderId, other] = [await bench.payableOrder(), await bench.payableOrder()];
    const first = await payAs(bench.deps, { orderId, key: "old key" });
    await execute(bench.db, "DELETE FROM idempotency WHERE idem_key = 'old key'");
    expect(await payAs(bench.deps, { orderId: other, key: "old key" })).toMatchObject({
      refused: "IDEMPOTENCY_KEY_REUSED",
    });
    const again = await payAs(bench.deps, { orderId, key: "old key" });
    expect(again).toMatchObject({ body: bodyOf(first), headers: { "Idempotency-Replayed": "true" } });
    expect(await statuses(orderId)).toEqual(["SUCCEEDED"]);
  });
});

describe("race 4: pay twice with different keys", () => {
  test("20 at once: one is kept, every other success goes back", async () => {
    const orderId = await bench.payableOrder();
    const other = bench.with({ db: bench.connect() });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => payAs(n % 2 === 0 ? bench.deps : other, { orderId, key: `different ${n}` })),
    );
    const kept = (await statuses(orderId)).filter((status) => status === "SUCCEEDED");
    const doubled = (await statuses(orderId)).filter((status) => status === "DUPLICATE");
    expect(kept).toHaveLength(1);
    expect(kept.length + doubled.length).toBe(all.filter((outcome) => !("refused" in outcome)).length);
    const refused = new Set(all.flatMap((outcome) => ("refused" in outcome ? outcome.refused : [])));
    expect([...refused].filter((code) => code !== "ORDER_ALREADY_PAID")).toEqual([]);
    const refunds = await rows(bench.db, "SELECT reason FROM pay_refund WHERE order_id = ?", [orderId]);
    expect(refunds).toEqual(doubled.map(() => ({ reason: "DUPLICATE_PAYMENT" })));
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });
});

describe("a crash between claim and answer", () => {
  const crash = new AppError({ code: "SIMULATED_CRASH", message: "killed", retry: "later" });
  // The gateway takes the money, the process dies before it can note that.
  const dyingGateway = () =>
    aGateway({
      charge: async () => {
        throw crash;
      },
    });

  test("after the charge: the job finds out and ends it; the client's repeat gets the answer; one charge", async () => {
    const orderId = await bench.payableOrder();
    const gateway = dyingGateway();
    await expect(payAs(bench.with({ gateway }), { orderId, key: "dies" })).rejects.toBe(crash);
    expect(await statuses(orderId)).toEqual(["PENDING"]);
    expect(await payAs(bench.deps, { orderId, key: "dies" })).toMatchObject({ refused: "IDEMPOTENCY_KEY_IN_PROGRESS" });
    await letClaimsExpire();
    await Promise.all([resumeAbandonedPayments(bench.deps, cause), resumeAbandonedPayments(bench.deps, cause)]);
    expect(await statuses(orderId)).toEqual(["SUCCEEDED"]);
    expect(await payAs(bench.deps, { orderId, key: "dies" })).toMatchObject({
      status: 201,
      body: { status: "SUCCEEDED" },
    });
    expect(gateway.charged).toHaveLength(1);
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });

  test("the client's repeat itself takes the request over", async () => {
    const orderId = await bench.payableOrder();
    await expect(payAs(bench.with({ gateway: dyingGateway() }), { orderId, key: "back" })).rejects.toBe(crash);
    await letClaimsExpire();
    const gateway = aGateway();
    const again = await payAs(bench.with({ gateway }), { orderId, key: "back" });
    expect(again).toMatchObject({ status: 201, body: { status: "SUCCEEDED" } });
    expect(gateway.charged).toEqual([]);
  });

  test("before the charge reached the gateway: it is charged now, if the order can still be paid", async () => {
    const [payable, closed] = [await bench.payableOrder(), await bench.payableOrder()];
    for (const orderId of [payable, closed]) {
      await expect(payAs(bench.with({ gateway: dyingGateway() }), { orderId, key: orderId })).rejects.toBe(crash);
    }
    await bench.cancelOrder(closed);
    await letClaimsExpire();
    const gateway = aGateway({ query: async () => ({ state: "UNKNOWN" }) });
    await resumeAbandonedPayments(bench.with({ gateway }), cause);
    expect(gateway.charged).toHaveLength(1);
    expect(await statuses(payable)).toEqual(["SUCCEEDED"]);
    expect(await statuses(closed)).toEqual(["CLOSED"]);
  });

  test("before there was an attempt: the key is free again", async () => {
    const orderId = await bench.payableOrder();
    await bench.deps.idempotency.begin({ scope: "4711 POST /payments", key: "empty", hash: Buffer.alloc(32) }, 30_000);
    await letClaimsExpire();
    await resumeAbandonedPayments(bench.deps, cause);
    expect(await payAs(bench.deps, { orderId, key: "empty" })).toMatchObject({ status: 201 });
  });

  test("a holder whose claim was taken over cannot finish", async () => {
    const orderId = await bench.payableOrder();
    const slow = aGateway({
      async charge() {
        await letClaimsExpire();
        await resumeAbandonedPayments(bench.deps, cause);
        return { state: "SUCCEEDED", gatewayRef: "slow" };
      },
    });
    await expect(payAs(bench.with({ gateway: slow }), { orderId, key: "slow" })).rejects.toMatchObject({
      code: "IDEMPOTENCY_CLAIM_LOST",
    });
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });
});

describe("the gateway's notification", () => {
  const notify = (paymentId: string, over: object = {}) => {
    const notification = {
      paymentId,
      gatewayRef: "g",
      result: "SUCCEEDED" as const,
      amountCents: 2_500,
      currency: "CNY",
    };
    return takeCallback(bench.deps, { channel: "FAKE", notification: { ...notification, ...over }, cause: cause() });
  };
  async function pendingAttempt(): Promise<{ orderId: string; paymentId: string }> {
    const orderId = await bench.payableOrder();
    const answer = await payAs(bench.deps, { orderId, key: newId(), scenario: "pending" });
    expect(answer).toMatchObject({ status: 201, body: { status: "PENDING" } });
    return { orderId, paymentId: (bodyOf(answer) as { paymentId: string }).paymentId };
  }

  test("settles a pending attempt once, however often it comes", async () => {
    const { orderId, paymentId } = await pendingAttempt();
    const all = await Promise.all(Array.from({ length: 8 }, () => notify(paymentId)));
    expect(new Set(all.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ status: 200, body: { paymentId, status: "SUCCEEDED" } })]),
    );
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });

  test("that denies a final outcome changes nothing and is a finding", async () => {
    const { orderId, paymentId } = await pendingAttempt();
    await notify(paymentId, { result: "FAILED" });
    bench.findings.length = 0;
    expect(await notify(paymentId)).toEqual({ status: 200, body: { paymentId, status: "FAILED" } });
    expect(bench.findings).toEqual(["contradiction"]);
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentFailed"]);
  });

  test.each([{ amountCents: 1 }, { currency: "USD" }])(
    "about another amount is refused and a finding: %o",
    async (over) => {
      const { orderId, paymentId } = await pendingAttempt();
      bench.findings.length = 0;
      await expect(notify(paymentId, over)).rejects.toMatchObject({ code: "VALIDATION_FAILED", status: 400 });
      expect(bench.findings).toEqual(["amount mismatch"]);
      expect(await statuses(orderId)).toEqual(["PENDING"]);
    },
  );

  test("about nothing we know is 404", async () => {
    expect(await notify(newId())).toEqual({ refused: "NOT_FOUND", status: 404 });
  });

  test("after the order was cancelled: the closed attempt succeeds, and orders hears of it", async () => {
    const { orderId, paymentId } = await pendingAttempt();
    await bench.cancelOrder(orderId);
    expect(await statuses(orderId)).toEqual(["CLOSED"]);
    expect(await notify(paymentId)).toEqual({ status: 200, body: { paymentId, status: "SUCCEEDED" } });
    expect(await bench.orderState(orderId)).toBe("CLOSED");
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });
});
