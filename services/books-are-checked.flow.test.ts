import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findingsAtRest } from "./testing/at-rest.ts";
import { Books } from "./testing/conservation.ts";
import { aShopper, ownSkus, type SkuView } from "./testing/shop.ts";

describe("the check of the books", () => {
  const books = new Books();
  let orderId = "";
  let sku: SkuView;

  beforeAll(async () => {
    const shopper = await aShopper();
    [sku] = (await ownSkus(50, 1)) as [SkuView];
    orderId = await shopper.placePayable(sku.skuId);
    await shopper.pay(orderId);
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
  });
  afterAll(() => books.close());

  it("finds nothing wrong with an order that went well", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });

  it.each([
    [
      "a lost deduction",
      "UPDATE mall_catalog.pms_stock SET on_hand = on_hand + 1 WHERE sku_id = :sku",
      "UPDATE mall_catalog.pms_stock SET on_hand = on_hand - 1 WHERE sku_id = :sku",
      "on hand differs from the ledger",
    ],
    [
      "a lock that nobody holds",
      "UPDATE mall_catalog.pms_stock SET locked = locked + 1 WHERE sku_id = :sku",
      "UPDATE mall_catalog.pms_stock SET locked = locked - 1 WHERE sku_id = :sku",
      "locked differs",
    ],
    [
      "a paid order marked cancelled",
      "UPDATE mall_orders.oms_order SET status = 5 WHERE order_id = :order",
      "UPDATE mall_orders.oms_order SET status = 1 WHERE order_id = :order",
      "money kept does not match",
    ],
    [
      "a payment that vanished",
      "UPDATE mall_payment.pay_transaction SET status = 'FAILED' WHERE order_id = :order",
      "UPDATE mall_payment.pay_transaction SET status = 'SUCCEEDED' WHERE order_id = :order",
      "money kept does not match",
    ],
    [
      "a step backwards in the history",
      "UPDATE mall_orders.oms_order_status SET status = 4 WHERE order_id = :order AND row_no = 2",
      "UPDATE mall_orders.oms_order_status SET status = 0 WHERE order_id = :order AND row_no = 2",
      "an illegal transition",
    ],
    [
      "a released lock of a paid order",
      "UPDATE mall_catalog.pms_stock_lock SET status = 'RELEASED' WHERE order_id = :order",
      "UPDATE mall_catalog.pms_stock_lock SET status = 'DEDUCTED' WHERE order_id = :order",
      "order and stock disagree",
    ],
  ])("sees %s", async (...[, plant, heal, expected]) => {
    const at = (sql: string): string => sql.replaceAll(":sku", sku.skuId).replaceAll(":order", orderId);
    await books.run(at(plant));
    try {
      expect((await books.findings()).join("\n")).toContain(expected);
    } finally {
      await books.run(at(heal));
    }
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
