import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { findingsAtRest } from "./testing/at-rest.ts";
import { flowStack } from "./testing/flow-stack.ts";
import { Books } from "./testing/conservation.ts";
import { type Problem, type Shopper, type SkuView, Visitor, aShopper, ownSkus, setAvailable } from "./testing/shop.ts";
import { signedCallback } from "./testing/gateway.ts";

describe("payment outcomes", () => {
  let shopper: Shopper;
  let sku: SkuView;

  beforeAll(async () => {
    shopper = await aShopper();
    [sku] = (await ownSkus(30, 1)) as [SkuView];
  });

  it("a declined payment leaves the order payable", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    expect(await shopper.pay(orderId, { scenario: "decline" })).toMatchObject({
      status: 201,
      body: { status: "FAILED", failureCode: "DECLINED" },
    });
    await shopper.untilEvent(orderId, "PaymentFailed");
    expect((await shopper.pay(orderId)).body).toMatchObject({ status: "SUCCEEDED" });
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  });

  it("the same key charges once, also twenty times at once", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shopper.pay(orderId, { key: `pay-${orderId}` })),
    );
    const paid = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.paymentId));
    expect(paid.size).toBe(1);
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  });

  it("a paid order cannot be paid again", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    await shopper.pay(orderId);
    expect(await shopper.pay<Problem>(orderId)).toMatchObject({ status: 409, body: { code: "ORDER_ALREADY_PAID" } });
  });

  it("two attempts that both succeed keep one payment and refund the other", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    const first = (await shopper.pay(orderId, { scenario: "pending" })).body;
    const second = (await shopper.pay(orderId, { scenario: "pending" })).body;
    expect([first.status, second.status]).toEqual(["PENDING", "PENDING"]);
    for (const { paymentId } of [first, second]) {
      expect((await signedCallback({ paymentId, result: "SUCCEEDED", amountCents: sku.priceCents })).status).toBe(200);
    }
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
    await shopper.untilEvent(orderId, "RefundSucceeded");
  });

  it("a callback settles a pending payment once, however often it comes", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    const { paymentId } = (await shopper.pay(orderId, { scenario: "pending" })).body;
    const notification = { paymentId, result: "SUCCEEDED", amountCents: sku.priceCents } as const;
    expect((await signedCallback(notification)).status).toBe(200);
    expect((await signedCallback(notification)).status).toBe(200);
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  });

  it("a callback with a wrong amount, a wrong signature or none changes nothing", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    const { paymentId } = (await shopper.pay(orderId, { scenario: "pending" })).body;
    const cheap = { paymentId, result: "SUCCEEDED", amountCents: 1 } as const;
    expect((await signedCallback(cheap)).status).toBe(400);
    expect((await signedCallback({ ...cheap, amountCents: sku.priceCents }, { tamper: true })).status).toBe(401);
    const unsigned = await new Visitor().call("POST", "/payments/callbacks/FAKE", {
      body: { ...cheap, gatewayRef: "x", currency: "CNY" },
    });
    expect(unsigned.status).toBe(401);
    expect(await shopper.order(orderId)).toMatchObject({ status: 0 });
    await shopper.cancel(orderId);
  });

  it("the command line sends a signed notification", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    const { paymentId } = (await shopper.pay(orderId, { scenario: "pending" })).body;
    await promisify(execFile)("./mall", ["callback", paymentId, "succeed"], {
      env: { ...process.env, MALL_HOME: flowStack().home },
    });
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  });

  it("a gateway that is out of order is 503, and the order stays payable", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    expect(await shopper.pay<Problem>(orderId, { scenario: "error" })).toMatchObject({
      status: 503,
      body: { code: "PAYMENT_CHANNEL_UNAVAILABLE" },
    });
    expect((await shopper.pay(orderId)).status).toBe(201);
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  });

  it("stock that has gone by the time of payment means cancel and refund", async () => {
    const [rare] = (await ownSkus(31, 1)) as [SkuView];
    const orderId = await shopper.placePayable(rare.skuId, 1);
    await loseTheGoods(orderId, rare.skuId);
    await shopper.pay(orderId);
    await shopper.until(orderId, { status: 5, cancelReason: "STOCK_SHORTAGE" });
    await shopper.untilEvent(orderId, "RefundSucceeded");
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});

/** What the second check is for: the lock is released by hand, consistently, and a stocktake finds the shelf empty. */
async function loseTheGoods(orderId: string, skuId: string): Promise<void> {
  const books = new Books();
  await books.run("UPDATE mall_catalog.pms_stock_lock SET status = 'RELEASED' WHERE order_id = ?", [orderId]);
  await books.run("UPDATE mall_catalog.pms_stock SET locked = locked - 1 WHERE sku_id = ?", [skuId]);
  await books.run(
    `INSERT INTO mall_catalog.pms_stock_record (ref, warehouse_id, sku_id, kind, d_on_hand, d_locked, at)
     VALUES (?, 1, ?, 'RELEASE', 0, -1, NOW(3))`,
    [`order:${orderId}`, skuId],
  );
  await books.close();
  await setAvailable(skuId, 0);
}
