import { describe, expect, test } from "vitest";
import { quantityLeft, viewOfCart } from "./cart.ts";

const at = (ms: number) => new Date(1_700_000_000_000 + ms);
const line = { quantity: 5, lineVersion: 7, changedAt: at(0) };

describe("what an order leaves of a cart line", () => {
  test.each([
    ["the very line, in part", { quantity: 2, cartLineVersion: 7 }, 3],
    ["the very line, all of it", { quantity: 5, cartLineVersion: 7 }, 0],
    ["the very line, more than it holds", { quantity: 9, cartLineVersion: 7 }, 0],
    ["a line that was changed since", { quantity: 5, cartLineVersion: 6 }, 5],
    ["no version, the same quantity", { quantity: 5, cartLineVersion: null }, 0],
    ["no version, another quantity", { quantity: 4, cartLineVersion: null }, 5],
  ])("%s", (_, order, left) => {
    expect(quantityLeft(line, order, at(1))).toBe(left);
  });

  test("without a version, a line last changed when the order was placed, or later, stays", () => {
    expect(quantityLeft(line, { quantity: 5, cartLineVersion: null }, at(0))).toBe(5);
    expect(quantityLeft(line, { quantity: 5, cartLineVersion: null }, at(-1))).toBe(5);
  });
});

describe("a cart as its shopper sees it", () => {
  const aLine = (over: object = {}) => ({
    skuId: "1",
    productId: "2",
    name: "Kettle",
    attributes: {},
    quantity: 2,
    selected: true,
    addedPriceCents: 500,
    priceCents: 500,
    currency: "CNY",
    onSale: true,
    lineVersion: 1,
    ...over,
  });

  test("adds up what is selected and on sale, at the prices of now", () => {
    const lines = [aLine(), aLine({ selected: false }), aLine({ onSale: false }), aLine({ priceCents: 700 })];
    expect(viewOfCart(lines)).toMatchObject({
      totalCents: 2_400,
      currency: "CNY",
      items: [{ priceChanged: false }, {}, {}, { priceChanged: true, subtotalCents: 1_400 }],
    });
  });

  test("has the fields of the contract and no others", () => {
    const fields = ["skuId", "productId", "name", "attributes", "quantity", "selected", "priceCents", "onSale"];
    const [item] = viewOfCart([aLine()]).items;
    expect(Object.keys(item ?? {}).toSorted()).toEqual(
      [...fields, "lineVersion", "subtotalCents", "priceChanged"].toSorted(),
    );
  });

  test("is empty", () => {
    expect(viewOfCart([])).toEqual({ items: [], totalCents: 0, currency: null });
  });
});
