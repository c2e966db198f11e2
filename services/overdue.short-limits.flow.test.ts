import { beforeAll, describe, expect, it } from "vitest";
import { findingsAtRest } from "./testing/at-rest.ts";
import { signedCallback } from "./testing/gateway.ts";
import { type Problem, type Shopper, type SkuView, aShopper, merchant, ownSkus } from "./testing/shop.ts";

describe("overdue", () => {
  let shopper: Shopper;
  let sku: SkuView;

  beforeAll(async () => {
    shopper = await aShopper();
    [sku] = (await ownSkus(40, 1)) as [SkuView];
  });

  it("an order that is not paid in time is cancelled and its stock released, by the clock alone", async () => {
    const orderId = await shopper.placePayable(sku.skuId, 2);
    const order = await shopper.until(orderId, { status: 5, stock: "RELEASED" }, 60_000);
    expect(order.cancelReason).toBe("PAYMENT_TIMEOUT");
    expect((await ownSkus(40, 1))[0]?.available).toBe(sku.available);
    expect(await shopper.pay<Problem>(orderId)).toMatchObject({ status: 409 });
  });

  it("a payment that succeeds after the time-out is refunded, and the order stays cancelled", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    const { paymentId } = (await shopper.pay(orderId, { scenario: "pending" })).body;
    await shopper.until(orderId, { status: 5, stock: "RELEASED" }, 60_000);
    expect((await signedCallback({ paymentId, result: "SUCCEEDED", amountCents: sku.priceCents })).status).toBe(200);
    const events = await shopper.untilEvent(orderId, "RefundSucceeded");
    expect(events).toContain("PaymentSucceeded");
    expect(await shopper.order(orderId)).toMatchObject({ status: 5, cancelReason: "PAYMENT_TIMEOUT" });
  });

  it("a shipped order is received automatically after its time", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    await shopper.pay(orderId);
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
    await (
      await merchant()
    ).must("POST", `/admin/orders/${orderId}/shipment`, { body: { carrier: "SF", trackingNumber: "1" } });
    await shopper.until(orderId, { status: 4 }, 60_000);
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
