import { beforeAll, describe, expect, it } from "vitest";
import { findingsAtRest } from "./testing/at-rest.ts";
import { type Shopper, type SkuView, aShopper, ownSkus, setAvailable } from "./testing/shop.ts";

interface Refused {
  readonly code: string;
  readonly orderId: string;
  readonly shortages: readonly { skuId: string; requested: number; available: number; reason: string }[];
}

describe("refused for want of stock", () => {
  let shopper: Shopper;
  let scarce: SkuView;
  let plenty: SkuView;

  beforeAll(async () => {
    shopper = await aShopper();
    [scarce, plenty] = (await ownSkus(20, 2)) as [SkuView, SkuView];
  });

  it("cancels the order, says what is short, locks nothing of it and leaves the cart as it was", async () => {
    await setAvailable(scarce.skuId, 1);
    for (const [skuId, quantity] of [
      [scarce.skuId, 2],
      [plenty.skuId, 1],
    ] as const) {
      await shopper.must("POST", "/cart/items", { body: { skuId, quantity, selected: true } });
    }
    const before = await shopper.must<{ items: unknown[] }>("GET", "/cart");
    const items = [scarce, plenty].map(({ skuId }, index) => ({ skuId, quantity: 2 - index }));
    const answer = await shopper.place<Refused>({ items, fromCart: true });
    expect(answer).toMatchObject({
      status: 409,
      body: { code: "STOCK_SHORT", shortages: [{ skuId: scarce.skuId, requested: 2, available: 1, reason: "SHORT" }] },
    });
    await shopper.until(answer.body.orderId, { status: 5, stock: "REJECTED", cancelReason: "STOCK_REJECTED" });
    expect(await shopper.must("GET", "/cart")).toEqual(before);
    expect((await ownSkus(20, 2)).map(({ available }) => available)).toEqual([1, plenty.available]);
  });

  it("gives the last unit to one of two buyers", async () => {
    await setAvailable(scarce.skuId, 1);
    const rival = await aShopper();
    const answers = await Promise.all(
      [shopper, rival].map((buyer) => buyer.place({ items: [{ skuId: scarce.skuId, quantity: 1 }] })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
  });

  it("gives ten units to ten of forty buyers", async () => {
    await setAvailable(scarce.skuId, 10);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => shopper.place({ items: [{ skuId: scarce.skuId, quantity: 1 }] })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(30);
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
