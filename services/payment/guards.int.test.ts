/** What holds against a client or a "gateway" who means harm. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rows } from "#platform/database/database.ts";
import type { Refusal } from "#platform/http/route.ts";
import { openTestPayment, type Reply, type TestPayment } from "./app-builder.ts";
import { newId, payAs, USER } from "./payment-builder.ts";
import { takeCallback } from "./take-callback.ts";

let payment: TestPayment;
beforeAll(async () => {
  payment = await openTestPayment();
});
afterAll(() => payment.close());

const OTHER = "4712";
const pay = (orderId: string, over: { key?: string; userId?: string; fields?: object } = {}): Promise<Reply> => {
  const { key = newId(), userId = USER, fields = {} } = over;
  const body = { orderId, channel: "FAKE", ...fields };
  return payment.call("POST", "/payments", { userId, body, headers: { "idempotency-key": key } });
};
const statuses = async (orderId: string) => (await payment.bench.attempts(orderId)).map(({ status }) => status);

async function pending(): Promise<{ orderId: string; document: Record<string, unknown> }> {
  const orderId = await payment.bench.payableOrder();
  const { body } = await pay(orderId, { fields: { scenario: "pending" } });
  const paymentId = String(body["paymentId"]);
  return {
    orderId,
    document: { paymentId, gatewayRef: "g", result: "SUCCEEDED", amountCents: 2_500, currency: "CNY" },
  };
}

describe("another's order and payment", () => {
  test("are not there: 404, no attempt, no event", async () => {
    const orderId = await payment.bench.payableOrder();
    const paymentId = String((await pay(orderId, { fields: { scenario: "pending" } })).body["paymentId"]);
    expect(await pay(orderId, { userId: OTHER })).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect((await payment.call("GET", `/payments/${paymentId}`, { userId: OTHER })).status).toBe(404);
    expect(await statuses(orderId)).toEqual(["PENDING"]);
    expect(await payment.bench.emittedOf(orderId)).toEqual([]);
  });

  test("are not told by another's idempotency key", async () => {
    const [mine, theirs] = [
      await payment.bench.payableOrder(),
      await payment.bench.payableOrder({ userId: OTHER as never }),
    ];
    const first = await pay(mine, { key: "shared" });
    const stolen = await pay(mine, { key: "shared", userId: OTHER });
    expect(stolen).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    const second = await pay(theirs, { key: "shared", userId: OTHER });
    expect(second.headers.get("idempotency-replayed")).toBeNull();
    expect(second.body).toMatchObject({ orderId: theirs, status: "SUCCEEDED" });
    expect(second.body["paymentId"]).not.toBe(first.body["paymentId"]);
  });
});

describe("a request", () => {
  test.each([{ amountCents: 1 }, { currency: "JPY" }, { userId: OTHER }, { status: "SUCCEEDED" }, { paymentId: "1" }])(
    "has no field %o: price and owner are the server's",
    async (fields) => {
      const orderId = await payment.bench.payableOrder();
      expect(await pay(orderId, { fields })).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED" } });
      expect(await statuses(orderId)).toEqual([]);
    },
  );

  test.each(["0", "1 OR 1=1", "__proto__", "99999999999999999999", "%00"])("for %j finds nothing", async (id) => {
    expect((await pay(id)).status).toBe(400);
    const path = `/payments/${encodeURIComponent(id)}`;
    expect((await payment.call("GET", path, { userId: USER })).status).toBe(404);
  });

  test.each(["merchant", "ops"])("of a %s is refused", async (role) => {
    const options = {
      userId: USER,
      role,
      body: { orderId: "1", channel: "FAKE" },
      headers: { "idempotency-key": "r" },
    };
    expect((await payment.call("POST", "/payments", options)).status).toBe(403);
    expect((await payment.call("GET", "/payments/1", { userId: USER, role })).status).toBe(403);
  });

  test("is answered with these fields and no other", async () => {
    const orderId = await payment.bench.payableOrder();
    const fields = ["amountCents", "channel", "currency", "orderId", "paymentId", "status"];
    const declined = await pay(orderId, { fields: { scenario: "decline" } });
    expect(Object.keys(declined.body).toSorted()).toEqual([...fields, "failureCode"].toSorted());
    const { body } = await pay(orderId);
    expect(Object.keys(body).toSorted()).toEqual(fields);
    const shown = await payment.call("GET", `/payments/${String(body["paymentId"])}`, { userId: USER });
    expect(Object.keys(shown.body).toSorted()).toEqual(fields);
  });
});

describe("a notification", () => {
  const now = (): number => Math.floor(Date.now() / 1000);

  test("signed with either of two keys settles", async () => {
    for (const signer of [{}, { keyId: "k2", secret: Buffer.alloc(32, 8) }]) {
      const { orderId, document } = await pending();
      expect((await payment.notify({ document, ...signer })).body).toMatchObject({ status: "SUCCEEDED" });
      expect(await statuses(orderId)).toEqual(["SUCCEEDED"]);
    }
  });

  test.each([
    ["with an amount changed under way", { sent: { amountCents: 1 } }],
    ["with a result changed under way", { sent: { result: "FAILED" } }],
    ["about another payment than was signed", { sent: { paymentId: "1" } }],
    ["signed with an unknown key", { keyId: "k9" }],
    ["signed with the secret of another key", { keyId: "k2" }],
    ["that is more than a minute old", { createdSeconds: now() - 62 }],
    ["from the future", { createdSeconds: now() + 90 }],
  ] as const)("%s changes nothing: 401", async (_what, change) => {
    const { orderId, document } = await pending();
    const sent = "sent" in change ? { sent: { ...document, ...change.sent } } : {};
    const answer = await payment.notify({ document, ...change, ...sent });
    expect(answer).toMatchObject({ status: 401, body: { code: "SIGNATURE_INVALID" } });
    expect(await statuses(orderId)).toEqual(["PENDING"]);
    expect(await payment.bench.emittedOf(orderId)).toEqual([]);
  });

  test.each([{ amountCents: 2_499 }, { amountCents: 250_000 }, { currency: "JPY" }])(
    "rightly signed but with %o pays nothing, and is a finding",
    async (over) => {
      const { orderId, document } = await pending();
      payment.bench.findings.length = 0;
      const answer = await payment.notify({ document: { ...document, ...over } });
      expect(answer).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED" } });
      expect(payment.bench.findings).toEqual(["amount mismatch"]);
      expect(await statuses(orderId)).toEqual(["PENDING"]);
    },
  );

  test("sent again as it is, is refused, and settles nothing twice", async () => {
    const { orderId, document } = await pending();
    const notice = { document, createdSeconds: now(), nonce: `nonce-${newId()}` };
    expect((await payment.notify(notice)).status).toBe(200);
    expect(await payment.notify(notice)).toMatchObject({ status: 401, body: { code: "SIGNATURE_INVALID" } });
    expect(await payment.bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });
});

describe("a hundred at once on two instances", () => {
  test("of one order with a key each: the money of one is kept, every other success goes back", async () => {
    const { bench } = payment;
    const orderId = await bench.payableOrder();
    const instances = [bench.deps, bench.with({ db: bench.connect() })];
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) => payAs(instances[index % 2]!, { orderId, key: `hundred ${index}` })),
    );
    const all = await statuses(orderId);
    const kept = all.filter((status) => status === "SUCCEEDED");
    const doubled = all.filter((status) => status === "DUPLICATE");
    expect([kept.length, kept.length + doubled.length]).toEqual([1, all.length]);
    const refused = outcomes.filter((outcome): outcome is Refusal => "refused" in outcome);
    expect(new Set(refused.map((outcome) => outcome.refused))).toEqual(new Set(["ORDER_ALREADY_PAID"]));
    const refunds = await rows(bench.db, "SELECT payment_id FROM pay_refund WHERE order_id = ?", [orderId]);
    expect(refunds).toHaveLength(doubled.length);
  });

  test("of notifications and cancellations of one payment: paid once, or closed", async () => {
    const { bench } = payment;
    const { orderId, document } = await pending();
    const notification = document as never;
    const cause = { correlationId: "c", causationId: "c", traceparent: "" };
    await Promise.all([
      ...Array.from({ length: 100 }, () => takeCallback(bench.deps, { channel: "FAKE", notification, cause })),
      bench.cancelOrder(orderId),
    ]);
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
    expect(await bench.orderState(orderId)).toBe("CLOSED");
  });
});
