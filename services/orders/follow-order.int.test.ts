import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute } from "#platform/database/database.ts";
import type { Answer } from "#platform/http/route.ts";
import { StockDeducted, StockLocked, StockReleased } from "#schemas/event-types.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { cancelOrder } from "./cancel-order.ts";
import { completeUnconfirmedOrders } from "./complete-unconfirmed-orders.ts";
import { confirmOrderReceipt } from "./confirm-order-receipt.ts";
import { followOwnOrder } from "./follow-order.ts";
import { listOrders } from "./list-orders.ts";
import type { OrderJson } from "./order-json.ts";
import { shipOrder } from "./ship-order.ts";
import { cause, openTestShop, type TestShop } from "./shop-builder.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const userId = "501";
const placed = async (): Promise<string> => ((await shop.place()) as Answer & { body: OrderJson }).body.orderId;
const stock = async (type: typeof StockLocked | typeof StockReleased, orderId: string, seq: number): Promise<void> => {
  await shop.harness.deliver(catalogStockV1, type, { key: orderId, seq, value: { orderId, lines: [] } as never });
  shop.depsWith().committed();
};
const cancel = (orderId: string) =>
  cancelOrder({ ...shop.depsWith(), maxCancelsPerHour: 0 }, { orderId, userId, note: "no", cause });
const pay = (orderId: string) =>
  execute(shop.database.db, "UPDATE oms_order SET status = 1, payment_id = 1, paid_at = NOW(3) WHERE order_id = ?", [
    orderId,
  ]);

/** Reads a stream to its end, telling each event to `onEvent`. */
async function follow(orderId: string, after: number, onEvent: (event: string) => Promise<unknown> = async () => {}) {
  const { signal } = new AbortController();
  const stream = await followOwnOrder(shop.depsWith(), { orderId, userId, after, signal });
  const seen: string[] = [];
  for await (const { id, event, data } of stream!.events) {
    expect(data).toMatchObject({ orderId, event });
    seen.push(`${id} ${event}`);
    await onEvent(event);
  }
  return seen;
}

describe("follow an order", () => {
  it("tells the past, then what happens, and ends with the release of a cancelled order", async () => {
    const orderId = await placed();
    const seen = await follow(orderId, 0, async (event) => {
      if (event === "OrderPlaced") await stock(StockLocked, orderId, 1);
      if (event === "StockLocked") await cancel(orderId);
      if (event === "OrderCancelled") await stock(StockReleased, orderId, 2);
    });
    expect(seen).toEqual(["1 OrderPlaced", "2 StockLocked", "3 OrderCancelled", "4 StockReleased"]);
    expect(await follow(orderId, 2)).toEqual(["3 OrderCancelled", "4 StockReleased"]);
    expect(await follow(orderId, 4)).toEqual([]);
  });

  it("ends at once for an order that was cancelled before its lock long ago", async () => {
    const orderId = await placed();
    await cancel(orderId);
    const past = "UPDATE oms_order SET cancelled_at = NOW(3) - INTERVAL 11 SECOND WHERE order_id = ?";
    await execute(shop.database.db, past, [orderId]);
    expect(await follow(orderId, 0)).toEqual(["1 OrderPlaced", "2 OrderCancelled"]);
  });

  it("ends when the client leaves, and is nobody else's", async () => {
    const orderId = await placed();
    const leaving = new AbortController();
    const request = { orderId, userId, after: 1, signal: leaving.signal };
    const stream = await followOwnOrder(shop.depsWith(), request);
    setTimeout(() => leaving.abort(), 50);
    for await (const _ of stream!.events) expect.fail();
    expect(await followOwnOrder(shop.depsWith(), { ...request, userId: "502" })).toBeUndefined();
  });
});

describe("ship and complete", () => {
  const ship = (orderId: string, carrier = "SF") =>
    shipOrder(shop.depsWith(), { orderId, carrier, trackingNumber: "1", cause });

  it("ships what is paid and deducted, once, and the shopper confirms", async () => {
    const orderId = await placed();
    await stock(StockLocked, orderId, 1);
    await pay(orderId);
    expect(await ship(orderId)).toEqual({ refused: "ORDER_NOT_SHIPPABLE" });
    await stock(StockDeducted, orderId, 2);
    await shop.harness.drainOutbox();
    const [first, again] = [await ship(orderId), await ship(orderId)];
    expect(again).toEqual(first);
    expect(await ship(orderId, "YT")).toEqual({ refused: "ORDER_NOT_SHIPPABLE" });
    const confirm = (by: string) => confirmOrderReceipt(shop.depsWith(), { orderId, userId: by, cause });
    expect(await confirm("502")).toMatchObject({ refused: "NOT_FOUND", status: 404 });
    expect(await confirm(userId)).toMatchObject({ status: 4 });
    expect(await confirm(userId)).toEqual({ refused: "ORDER_NOT_RECEIVABLE" });
    expect((await shop.harness.emitted()).map(({ name }) => name)).toEqual(["OrderShipped", "OrderCompleted"]);
    expect((await follow(orderId, 3)).at(-1)).toBe("5 OrderCompleted");
  });

  it("completes by the clock what nobody confirmed, and nothing before its time", async () => {
    const orderId = await placed();
    await stock(StockDeducted, orderId, 1);
    await pay(orderId);
    await stock(StockDeducted, orderId, 2);
    await ship(orderId);
    const deps = { ...shop.depsWith(), autoReceiptMs: 60_000, mayGoOn: async () => true };
    expect(await completeUnconfirmedOrders(deps)).toBe(0);
    const past = "UPDATE oms_order SET shipped_at = NOW(3) - INTERVAL 61 SECOND WHERE order_id = ?";
    await execute(shop.database.db, past, [orderId]);
    expect(await completeUnconfirmedOrders(deps)).toBe(1);
    expect(await completeUnconfirmedOrders(deps)).toBe(0);
    expect((await shop.order(orderId)).status).toBe(4);
  });
});

describe("one's orders", () => {
  it("come newest first, page by page, by status", async () => {
    const ids = [await placed(), await placed(), await placed()];
    await cancel(ids[1]!);
    const mine = (page: { before?: string; limit: number; status?: 5 }) =>
      listOrders(shop.depsWith(), { userId, status: page.status }, { before: "9223372036854775807", ...page });
    const first = await mine({ limit: 2 });
    expect(first.orders.map(({ orderId }) => orderId)).toEqual([ids[2], ids[1]]);
    const next = await mine({ before: first.nextBefore!, limit: 1 });
    expect(next.orders.map(({ orderId }) => orderId)).toEqual([ids[0]]);
    const cancelled = await mine({ status: 5, limit: 1 });
    expect(cancelled.orders).toMatchObject([{ orderId: ids[1], cancelReason: "SHOPPER", cancelNote: "no" }]);
  });
});
