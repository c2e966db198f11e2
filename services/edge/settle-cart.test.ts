import { describe, expect, it } from "vitest";
import type { AskService } from "./ask-service.ts";
import { ownOrigin } from "./exchange.ts";
import { settleCart } from "./settle-cart.ts";

const aLine = (change: object = {}) => ({
  skuId: "11",
  productId: "1",
  name: "Kettle",
  quantity: 2,
  selected: true,
  priceCents: 500,
  onSale: true,
  priceChanged: false,
  ...change,
});
const aSku = (change: object = {}) => ({ skuId: "11", priceCents: 500, priceVersion: 1, available: 9, ...change });
const parts = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  "/cart": { items: [aLine()] },
  "/users/me/addresses?limit=1": { items: [{ addressId: "5" }] },
  "/products/1": { currency: "CNY", skus: [aSku()] },
  ...change,
});

/** Answers from a table of paths; a part that is not in it is down. */
const askOf = (answers: Record<string, unknown>) =>
  ((_origin, { path }) =>
    answers[path] === undefined ? Promise.reject(new Error("down")) : Promise.resolve(answers[path])) as AskService;

const settle = (change: Record<string, unknown> = {}) => settleCart(askOf(parts(change)), ownOrigin());

describe("settle", () => {
  it("adds up the selected lines at the catalogue's prices", async () => {
    const cart = { items: [aLine(), aLine({ skuId: "12", selected: false })] };
    expect(await settle({ "/cart": cart })).toMatchObject({
      lines: [{ skuId: "11", priceVersion: 1, subtotalCents: 1_000, changed: false, short: false }],
      totalCents: 1_000,
      currency: "CNY",
      address: { addressId: "5" },
      incomplete: [],
    });
  });

  it("says which line has another price, and which is short", async () => {
    const product = { skus: [aSku({ priceCents: 600, available: 1 })] };
    expect(await settle({ "/products/1": product })).toMatchObject({
      lines: [{ priceCents: 600, changed: true, short: true }],
      totalCents: 1_200,
    });
  });

  it("does not count what is off sale", async () => {
    const cart = { items: [aLine({ onSale: false })] };
    expect(await settle({ "/cart": cart })).toMatchObject({ totalCents: 0, incomplete: [] });
  });

  it.each([
    ["cart", "/cart", { lines: null, totalCents: null }],
    ["catalog", "/products/1", { lines: [{ priceCents: 500, short: null }], totalCents: 1_000 }],
    ["users", "/users/me/addresses?limit=1", { address: null, totalCents: 1_000 }],
  ])("goes without %s when that is down", async (part, path, rest) => {
    expect(await settle({ [path]: undefined })).toMatchObject({ ...rest, incomplete: [part] });
  });
});
