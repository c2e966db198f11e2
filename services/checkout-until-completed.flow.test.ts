import { beforeAll, describe, expect, it } from "vitest";
import { findingsAtRest } from "./testing/at-rest.ts";
import { flowStack } from "./testing/flow-stack.ts";
import { type Shopper, type SkuView, aShopper, merchant, ownSkus } from "./testing/shop.ts";

interface Cart {
  readonly items: readonly { skuId: string; quantity: number; lineVersion: number; subtotalCents: number }[];
}

describe("checkout until completed", () => {
  let shopper: Shopper;
  let skus: SkuView[];

  beforeAll(async () => {
    shopper = await aShopper();
    skus = await ownSkus(0, 3);
  });

  const sku = (index: number): string => skus[index]?.skuId ?? "";
  const available = async (index: number): Promise<number> => (await ownSkus(index, 1))[0]?.available ?? Number.NaN;

  it("goes from the cart to a completed order, event by event, and takes the goods out of stock once", async () => {
    const before = await available(0);
    for (const index of [0, 1])
      await shopper.must("POST", "/cart/items", { body: { skuId: sku(index), quantity: 2, selected: true } });
    const cart = await shopper.must<Cart>("GET", "/cart");
    const settled = await shopper.must<{ totalCents: number; incomplete: string[] }>("POST", "/cart/settle", {
      body: {},
    });
    expect(settled).toMatchObject({
      incomplete: [],
      totalCents: cart.items.reduce((sum, line) => sum + line.subtotalCents, 0),
    });

    const items = cart.items.map(({ skuId, quantity, lineVersion }) => ({
      skuId,
      quantity,
      cartLineVersion: lineVersion,
    }));
    const placed = await shopper.place({ items, fromCart: true });
    expect(placed).toMatchObject({ status: 201, body: { status: 0, stock: "LOCKED", totalCents: settled.totalCents } });
    const { orderId } = placed.body;

    expect((await shopper.pay(orderId)).body).toMatchObject({ status: "SUCCEEDED" });
    await shopper.until(orderId, { status: 1, stock: "DEDUCTED" });
    expect(await available(0)).toBe(before - 2);

    const keeper = await merchant();
    const shipment = { carrier: "SF", trackingNumber: "SF1234567890" };
    await keeper.must("POST", `/admin/orders/${orderId}/shipment`, { body: shipment });
    await shopper.until(orderId, { status: 2 });
    await shopper.must("POST", `/orders/${orderId}/receipt`);
    const order = await shopper.until(orderId, { status: 4, statusName: "COMPLETED" });
    expect(order.history.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        "OrderPlaced",
        "StockLocked",
        "OrderPaid",
        "StockDeducted",
        "OrderShipped",
        "OrderCompleted",
      ]),
    );
    expect((await shopper.must<Cart>("GET", "/cart")).items).toEqual([]);
  });

  it("places one order for one key, however often it is asked", async () => {
    const items = [{ skuId: sku(2), quantity: 1 }];
    const key = "the-same-key-for-all";
    const answers = await Promise.all(Array.from({ length: 20 }, () => shopper.place({ items, key, wait: 0 })));
    const again = await shopper.place({ items, key, wait: 0 });
    const ids = new Set([...answers, again].filter(({ status }) => status === 202).map(({ body }) => body.orderId));
    expect(ids.size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(
      new Set([202, 409].filter((status) => answers.some((answer) => answer.status === status))),
    );
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    const other = await shopper.place<{ code: string }>({ items: [{ skuId: sku(2), quantity: 2 }], key, wait: 0 });
    expect(other).toMatchObject({ status: 422, body: { code: "IDEMPOTENCY_KEY_REUSED" } });
  });

  it("does not ship what is not paid", async () => {
    const orderId = await shopper.placePayable(sku(2));
    const keeper = await merchant();
    const refused = await keeper.call("POST", `/admin/orders/${orderId}/shipment`, {
      body: { carrier: "SF", trackingNumber: "1" },
    });
    expect(refused).toMatchObject({ status: 409, body: { code: "ORDER_NOT_SHIPPABLE" } });
    expect(await shopper.call("POST", `/orders/${orderId}/receipt`)).toMatchObject({
      status: 409,
      body: { code: "ORDER_NOT_RECEIVABLE" },
    });
  });

  it("tells the order's life as a stream of events from the beginning, and ends when nothing more can come", async () => {
    const orderId = await shopper.placePayable(sku(2));
    const response = await fetch(`${flowStack().edge}/api/orders/${orderId}/events`, {
      headers: { authorization: `Bearer ${shopper.token}` },
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    await shopper.cancel(orderId);
    const text = await response.text();
    const events = [...text.matchAll(/^event: ?(.+)$/gm)].map(([, event]) => event);
    expect(events).toEqual(["OrderPlaced", "StockLocked", "OrderCancelled", "StockReleased"]);
    expect([...text.matchAll(/^id: ?(.+)$/gm)].map(([, id]) => id)).toEqual(["1", "2", "3", "4"]);
  });

  it("leaves the books in order", async () => {
    expect(await findingsAtRest()).toEqual([]);
  });
});
