import { describe, expect, it } from "vitest";
import { aSku } from "./order-builders.ts";
import { type NotPriced, type Priced, priceOrder } from "./pricing.ts";

const skus = new Map([
  ["9001", { ...aSku(), deleted: false }],
  ["9002", { ...aSku({ skuId: "9002" as never, onSale: false }), deleted: false }],
  ["9003", { ...aSku({ skuId: "9003" as never, onSale: false }), deleted: true }],
]);

describe("price an order", () => {
  it("takes the server's prices and merges lines of one SKU", () => {
    const items = [
      { skuId: "9001", quantity: 1, cartLineVersion: 7 },
      { skuId: "9001", quantity: 2 },
    ];
    const priced = priceOrder(items, skus, undefined) as Priced;
    expect(priced).toMatchObject({ totalCents: 4_500, currency: "CNY" });
    expect(priced.lines).toMatchObject([{ skuId: "9001", quantity: 3, totalCents: 4_500, cartLineVersion: 7 }]);
  });

  it("refuses more units of one SKU than stock takes in one line, however they are split", () => {
    const halves = [60, 40].map((quantity) => ({ skuId: "9001", quantity }));
    expect(priceOrder(halves, skus, undefined)).toMatchObject({ refused: "VALIDATION_FAILED", status: 400 });
    expect(priceOrder([{ skuId: "9001", quantity: 99 }], skus, undefined)).toMatchObject({ totalCents: 148_500 });
  });

  it.each<[string, Parameters<typeof priceOrder>[0][number], number | undefined]>([
    ["SKU_NOT_KNOWN_YET", { skuId: "9009", quantity: 1 }, undefined],
    ["SKU_NOT_KNOWN_YET", { skuId: "9001", quantity: 1, priceVersion: 4 }, undefined],
    ["SKU_OFF_SALE", { skuId: "9002", quantity: 1 }, undefined],
    ["SKU_OFF_SALE", { skuId: "9003", quantity: 1, priceVersion: 9 }, undefined],
    ["PRICE_CHANGED", { skuId: "9001", quantity: 1, priceVersion: 2 }, 1_500],
    ["TOTAL_CHANGED", { skuId: "9001", quantity: 1 }, 1_400],
  ])("refuses with %s", (refused, item, expected) => {
    expect((priceOrder([item], skus, expected) as NotPriced).refused).toBe(refused);
  });

  it("shows the new lines and total to whoever saw an older price", () => {
    const { details } = priceOrder([{ skuId: "9001", quantity: 2, priceVersion: 1 }], skus, undefined) as NotPriced;
    expect(details).toEqual({
      totalCents: 3_000,
      currency: "CNY",
      lines: [{ skuId: "9001", quantity: 2, priceCents: 1_500, priceVersion: 3, totalCents: 3_000 }],
    });
  });
});
