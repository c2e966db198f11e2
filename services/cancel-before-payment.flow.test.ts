import { eventually } from "#platform/testing/eventually.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { findingsAtRest } from "./testing/at-rest.ts";
import { type Shopper, type SkuView, aShopper, ownSkus } from "./testing/shop.ts";

describe("cancel before payment", () => {
  let shopper: Shopper;
  let sku: SkuView;

  beforeAll(async () => {
    shopper = await aShopper();
    [sku] = (await ownSkus(10, 1)) as [SkuView];
  });

  it("releases the stock", async () => {
    const orderId = await shopper.placePayable(sku.skuId, 3);
    expect(await shopper.cancel(orderId)).toMatchObject({ status: 200, body: { status: 5, cancelReason: "SHOPPER" } });
    await shopper.until(orderId, { status: 5, stock: "RELEASED" });
    expect((await ownSkus(10, 1))[0]?.available).toBe(sku.available);
  });

  it("is possible before the stock has answered, and then locks nothing for ever", async () => {
    const { status, body } = await shopper.place({ items: [{ skuId: sku.skuId, quantity: 1 }], wait: 0 });
    expect(status).toBe(202);
    expect((await shopper.cancel(body.orderId)).status).toBe(200);
    const order = await shopper.until(body.orderId, { status: 5 });
    expect(order.cancelReason).toBe("SHOPPER");
  });

  it("makes the order unpayable", async () => {
    const orderId = await shopper.placePayable(sku.skuId);
    await shopper.cancel(orderId);
    await shopper.until(orderId, { stock: "RELEASED" });
    // Payment hears of the cancel a moment later than orders decided it; then it refuses, and nothing was charged.
    const refused = await eventually(async () => {
      const answer = await shopper.pay<{ code: string }>(orderId, { scenario: "decline" });
      return answer.status === 409 && answer;
    });
    expect(refused.body.code).toBe("ORDER_NOT_PAYABLE");
  });

  it("is refused once the order is paid, and twice", async () => {
    const paid = await shopper.placePayable(sku.skuId);
    await shopper.pay(paid);
    await shopper.until(paid, { status: 1 });
    expect(await shopper.cancel(paid)).toMatchObject({ status: 409, body: { code: "ORDER_NOT_CANCELLABLE" } });
    const cancelled = await shopper.placePayable(sku.skuId);
    await shopper.cancel(cancelled);
    expect(await shopper.cancel(cancelled)).toMatchObject({ status: 409, body: { code: "ORDER_NOT_CANCELLABLE" } });
  });

  it("and payment at the same moment leave exactly one winner", async () => {
    for (let round = 0; round < 10; round += 1) {
      const orderId = await shopper.placePayable(sku.skuId);
      const [cancelled] = await Promise.all([shopper.cancel(orderId), shopper.pay(orderId)]);
      if (cancelled.status === 200) await shopper.until(orderId, { status: 5, stock: "RELEASED" });
      else await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
    }
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
