import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute, inTransaction, rows } from "#platform/database/database.ts";
import type { Answer, Refusal } from "#platform/http/route.ts";
import { AddressChanged, SkuChanged, StockLocked, StockLockRejected, UserChanged } from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { cancelOrder } from "./cancel-order.ts";
import { anAddress, aSku, clearAddress } from "./order-builders.ts";
import { type OrderJson, orderSchema } from "./order-json.ts";
import { showOwnOrder } from "./show-orders.ts";
import { cause, openTestShop, type TestShop, wanted } from "./shop-builder.ts";

let shop: TestShop;
let nextUser = 1_000;
beforeAll(async () => {
  shop = await openTestShop();
});
beforeEach(() => shop.harness.drainOutbox());
afterAll(() => shop.close());

const bodyOf = (outcome: Answer | Refusal): OrderJson => (outcome as Answer).body as OrderJson;
const count = async (table: "oms_order" | "idempotency", user: string): Promise<number> => {
  const sql =
    table === "oms_order"
      ? "SELECT COUNT(*) AS n FROM oms_order WHERE user_id = ?"
      : "SELECT COUNT(*) AS n FROM idempotency WHERE scope = CONCAT(?, ' POST /orders')";
  const [row] = await rows<{ n: number }>(shop.database.db, sql, [user]);
  return Number(row?.n);
};

/** A shopper of their own, with an address. */
async function newShopper(): Promise<{ userId: string; body: typeof wanted }> {
  nextUser += 1;
  const [userId, addressId] = [String(nextUser), String(nextUser + 500_000)];
  const value = anAddress({ addressId, userId });
  await shop.harness.deliver(usersAddressV1, AddressChanged, { key: addressId, seq: 1, value });
  return { userId, body: { ...wanted, addressId } };
}

const lockStock = (orderId: string): Promise<void> =>
  shop.harness.deliver(catalogStockV1, StockLocked, { key: orderId, seq: 1, value: { orderId, lines: [] } as never });

describe("place an order", () => {
  it("answers 202 with the whole order, masked, and tells OrderPlaced", async () => {
    const outcome = (await shop.place()) as Answer;
    const order = orderSchema.parse(outcome.body);
    expect(outcome).toMatchObject({ status: 202, headers: { Location: `/api/orders/${order.orderId}` } });
    expect(order).toMatchObject({ status: 0, statusName: "PENDING_PAYMENT", stock: "PENDING", totalCents: 3_000 });
    expect(order.address).toMatchObject({ receiver: "王**", phone: "138****1234", city: "Hangzhou" });
    expect(Date.parse(order.payBy) - Date.parse(order.placedAt)).toBe(1_800_000);
    const emitted = await shop.harness.emitted();
    expect(emitted).toMatchObject([{ name: "OrderPlaced", key: order.orderId, seq: 1, value: { totalCents: 3_000 } }]);
    expect(JSON.stringify(emitted)).not.toContain("13812341234");
  });

  it("shows the address in clear to its owner only, and keeps it encrypted", async () => {
    const { orderId } = bodyOf(await shop.place());
    const deps = shop.depsWith();
    expect((await showOwnOrder(deps, { orderId, userId: "501" }))?.address).toEqual(clearAddress);
    expect(await showOwnOrder(deps, { orderId, userId: "502" })).toBeUndefined();
    const [row] = await rows<{ address: Buffer }>(deps.db, "SELECT address FROM oms_order WHERE order_id = ?", [
      orderId,
    ]);
    expect(row?.address.includes("1381234")).toBe(false);
  });

  it("makes one order of twins, 50 at a time, and replays the first answer afterwards", async () => {
    const shopper = await newShopper();
    const request = { ...shopper, idempotencyKey: "twins" };
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => shop.place(request)));
    expect(outcomes.filter((outcome) => !("refused" in outcome))).toHaveLength(1);
    expect(await count("oms_order", shopper.userId)).toBe(1);
    const replay = await shop.place(request);
    expect(replay).toMatchObject({ status: 202, headers: { "Idempotency-Replayed": "true" } });
    const first = outcomes.find((outcome) => !("refused" in outcome))!;
    expect(bodyOf(replay)).toEqual(bodyOf(first));
  });

  it("replays although the price has changed since, and refuses the key for another body", async () => {
    const shopper = await newShopper();
    await shop.harness.deliver(catalogSkuV1, SkuChanged, {
      key: "9100",
      seq: 1,
      value: aSku({ skuId: "9100" as never }),
    });
    const items = [{ skuId: "9100", quantity: 1, priceVersion: 3 }];
    const request = { userId: shopper.userId, body: { ...shopper.body, items }, idempotencyKey: "k" };
    const { orderId } = bodyOf(await shop.place(request));
    const dearer = aSku({ skuId: "9100" as never, priceCents: 2_000, priceVersion: 4 });
    await shop.harness.deliver(catalogSkuV1, SkuChanged, { key: "9100", seq: 2, value: dearer });
    expect(bodyOf(await shop.place(request)).orderId).toBe(orderId);
    expect(await shop.place({ ...request, idempotencyKey: "k2" })).toMatchObject({ refused: "PRICE_CHANGED" });
    expect(await shop.place({ ...request, body: shopper.body })).toMatchObject({ refused: "IDEMPOTENCY_KEY_REUSED" });
  });

  it("finds the order of a key whose answer is no longer kept", async () => {
    const shopper = await newShopper();
    const request = { ...shopper, idempotencyKey: "old" };
    const { orderId } = bodyOf(await shop.place(request));
    await execute(shop.database.db, "DELETE FROM idempotency");
    const replay = await shop.place(request);
    expect(replay).toMatchObject({ status: 202, headers: { "Idempotency-Replayed": "true" }, body: { orderId } });
    expect(await count("oms_order", shopper.userId)).toBe(1);
  });

  it("leaves no row behind a refusal, so that the key may be tried again", async () => {
    const { userId, body } = await newShopper();
    const refused = { userId, body: { ...body, expectedTotalCents: 1 }, idempotencyKey: "again" };
    expect(await shop.place(refused)).toMatchObject({ refused: "TOTAL_CHANGED", details: { totalCents: 3_000 } });
    expect(await count("idempotency", userId)).toBe(0);
    expect(await shop.place({ userId, body, idempotencyKey: "again" })).toMatchObject({ status: 202 });
  });

  it("refuses while the outbox is full, but still replays what was answered before", async () => {
    const full = { hasRoom: () => false };
    expect(await shop.place({}, full)).toMatchObject({ refused: "OUTBOX_FULL", status: 503 });
    const request = { ...(await newShopper()), idempotencyKey: "full" };
    await shop.place(request);
    expect(await shop.place(request, full)).toMatchObject({ status: 202 });
  });

  it("refuses another's address with 404, and who may not order", async () => {
    const { userId, body } = await newShopper();
    expect(await shop.place({ userId, body: wanted })).toMatchObject({ refused: "NOT_FOUND", status: 404 });
    const value = { userId, level: 0, status: "DISABLED" } as never;
    await shop.harness.deliver(usersUserV1, UserChanged, { key: userId, seq: 1, value });
    expect(await shop.place({ userId, body })).toMatchObject({ refused: "FORBIDDEN", status: 403 });
  });

  it("puts all in one transaction: what fails late leaves nothing", async () => {
    const shopper = await newShopper();
    const outbox = { ...shop.harness.outbox, append: () => Promise.reject(new Error("lost")) };
    const deps = { ...shop.depsWith(), outbox };
    const { placeOrder } = await import("./await-decision.ts");
    const signal = (): AbortSignal => new AbortController().signal;
    const request = { ...shopper, idempotencyKey: "lost", cause, waitSeconds: undefined, signal };
    await expect(placeOrder(deps, request)).rejects.toThrow("lost");
    expect(await count("oms_order", shopper.userId)).toBe(0);
    expect(await count("idempotency", shopper.userId)).toBe(0);
    expect(await shop.place({ ...shopper, idempotencyKey: "lost" })).toMatchObject({ status: 202 });
  });
});

describe("limits hold under 100 requests at once", () => {
  it("on open orders", async () => {
    const shopper = await newShopper();
    const limits = { maxOpenPerUser: 7, maxOpenUnitsPerSku: 0 };
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => shop.place(shopper, { limits })));
    expect(await count("oms_order", shopper.userId)).toBe(7);
    const refused = outcomes.filter((outcome) => "refused" in outcome);
    expect(refused).toHaveLength(93);
    expect(refused[0]).toMatchObject({ refused: "RATE_LIMITED", status: 429, retryAfterSeconds: 60 });
  });

  it("on open units of one SKU", async () => {
    const shopper = await newShopper();
    const limits = { maxOpenPerUser: 0, maxOpenUnitsPerSku: 9 };
    await Promise.all(Array.from({ length: 100 }, () => shop.place(shopper, { limits })));
    expect(await count("oms_order", shopper.userId)).toBe(4);
  });

  it("on cancellations in an hour", async () => {
    const { userId, body } = await newShopper();
    const placed = await Promise.all(Array.from({ length: 6 }, () => shop.place({ userId, body })));
    const cancel = (orderId: string) => cancelOrder(shop.depsWith(), { orderId, userId, note: null, cause });
    const outcomes = await Promise.all(placed.map((outcome) => cancel(bodyOf(outcome).orderId)));
    expect(outcomes.filter((outcome) => "refused" in outcome)).toMatchObject(
      Array.from({ length: 4 }, () => ({ refused: "RATE_LIMITED", status: 429 })),
    );
  });
});

describe("waiting", () => {
  it("waits for an address and a price that are on their way, and no longer than 2 s", async () => {
    nextUser += 1;
    const [userId, addressId] = [String(nextUser), String(nextUser + 500_000)];
    const placing = shop.place({ userId, body: { ...wanted, addressId } });
    const value = anAddress({ addressId, userId });
    setTimeout(() => void shop.harness.deliver(usersAddressV1, AddressChanged, { key: addressId, seq: 1, value }), 100);
    expect(await placing).toMatchObject({ status: 202 });
    const started = performance.now();
    const items = [{ skuId: "9001", quantity: 1, priceVersion: 9 }];
    expect(await shop.place({ body: { ...wanted, items } })).toMatchObject({
      refused: "SKU_NOT_KNOWN_YET",
      retryAfterSeconds: 1,
      details: { skuIds: ["9001"] },
    });
    expect(performance.now() - started).toBeLessThan(2_900);
  });

  async function placeAndDecide(decide: (orderId: string) => Promise<void>): Promise<Answer | Refusal> {
    const shopper = await newShopper();
    const placing = shop.place({ ...shopper, waitSeconds: 5 });
    const sql = "SELECT order_id AS id FROM oms_order WHERE user_id = ?";
    for (;;) {
      const [row] = await rows<{ id: string }>(shop.database.db, sql, [shopper.userId]);
      if (row) await decide(row.id);
      if (row) return placing;
    }
  }

  it("answers 201 once the stock is locked", async () => {
    const outcome = await placeAndDecide(lockStock);
    expect(outcome).toMatchObject({ status: 201, headers: { "Preference-Applied": "wait=5" } });
    const order = orderSchema.parse(bodyOf(outcome));
    expect(order).toMatchObject({ status: 0, stock: "LOCKED" });
    expect(order.history.map(({ event }) => event)).toEqual(["OrderPlaced", "StockLocked"]);
  });

  it("answers STOCK_SHORT with what is short", async () => {
    const shortages = [{ skuId: "9001", requested: 2, available: 0, reason: "SHORT" }] as never;
    const outcome = await placeAndDecide((orderId) =>
      shop.harness.deliver(catalogStockV1, StockLockRejected, {
        key: orderId,
        seq: 1,
        value: { orderId, shortages } as never,
      }),
    );
    expect(outcome).toMatchObject({ refused: "STOCK_SHORT", details: { shortages } });
  });

  it("answers 202 when the time is over; a replay answers from the state it finds", async () => {
    const shopper = await newShopper();
    const request = { ...shopper, idempotencyKey: "wait" };
    const outcome = await shop.place({ ...request, waitSeconds: 1 });
    expect(outcome).toMatchObject({ status: 202, headers: { "Preference-Applied": "wait=1" } });
    const { orderId } = bodyOf(outcome);
    await lockStock(orderId);
    expect(await shop.place(request)).toMatchObject({ status: 202, body: { stock: "PENDING" } });
    expect(await shop.place({ ...request, waitSeconds: 1 })).toMatchObject({ status: 201, body: { stock: "LOCKED" } });
  });

  it("is woken by a commit of another instance", async () => {
    const other = shop.database.connect();
    const outcome = await placeAndDecide((orderId) =>
      inTransaction(other, async (trx) => {
        await execute(trx, "UPDATE oms_order SET stock = 'LOCKED' WHERE order_id = ?", [orderId]);
      }),
    );
    expect(outcome).toMatchObject({ status: 201 });
  });
});
