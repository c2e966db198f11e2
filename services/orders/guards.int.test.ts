/** What holds against a client who means harm: parallel requests, other people's keys, fields that are not theirs. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rows } from "#platform/database/database.ts";
import { createIdempotency } from "#platform/http/idempotency.ts";
import type { Answer } from "#platform/http/route.ts";
import { AddressChanged, PaymentSucceeded, StockLocked } from "#schemas/event-types.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { paymentPaymentV1 } from "#topics/payment.payment.v1.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { openTestOrders, type TestOrders } from "./app-builder.ts";
import { placeOrder } from "./await-decision.ts";
import { cancelOrder } from "./cancel-order.ts";
import { confirmOrderReceipt } from "./confirm-order-receipt.ts";
import { anAddress } from "./order-builders.ts";
import type { OrderJson } from "./order-json.ts";
import { type OrdersDeps, ordersRoutes } from "./routes.ts";
import { shipOrder } from "./ship-order.ts";
import { cause, wanted } from "./shop-builder.ts";

let orders: TestOrders;
/** Two processes on one database: what only a process remembers must not matter. */
let instances: [OrdersDeps, OrdersDeps];
let nextUser = 2_000;

beforeAll(async () => {
  orders = await openTestOrders();
  const db = orders.shop.database.connect();
  const deps = orders.shop.depsWith();
  instances = [deps, { ...deps, db, idempotency: createIdempotency({ db }) }];
});
beforeEach(() => orders.shop.harness.drainOutbox());
afterAll(() => orders.close());

async function aShopper(): Promise<{ userId: string; body: typeof wanted }> {
  nextUser += 1;
  const [userId, addressId] = [String(nextUser), String(nextUser + 500_000)];
  const value = anAddress({ addressId, userId });
  await orders.shop.harness.deliver(usersAddressV1, AddressChanged, { key: addressId, seq: 1, value });
  return { userId, body: { ...wanted, addressId } };
}

/** A hundred at once, in turn on both instances. */
const hundredTimes = <T>(work: (deps: OrdersDeps, index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 100 }, (_, index) => work(instances[index % 2]!, index)));

const place = (deps: OrdersDeps, shopper: { userId: string; body: typeof wanted }, key: string) => {
  const signal = (): AbortSignal => new AbortController().signal;
  return placeOrder(deps, { ...shopper, idempotencyKey: key, cause, waitSeconds: undefined, signal });
};
const idOf = (outcome: unknown): string => ((outcome as Answer).body as OrderJson).orderId;
const openOrders = async (userId: string) => {
  const sql = "SELECT COUNT(*) AS orders FROM oms_order WHERE user_id = ? AND status = 0";
  return Number((await rows<{ orders: string }>(orders.shop.database.db, sql, [userId]))[0]?.orders);
};
const told = async (orderId: string): Promise<string[]> =>
  (await orders.shop.harness.emitted()).filter(({ key }) => key === orderId).map(({ name }) => name);

describe("a hundred requests at once on two instances", () => {
  it("find room for as many open orders as the cap allows, exactly", async () => {
    const shopper = await aShopper();
    const limits = { maxOpenPerUser: 7, maxOpenUnitsPerSku: 0 };
    const outcomes = await hundredTimes((deps, index) => place({ ...deps, limits }, shopper, `open ${index}`));
    expect(await openOrders(shopper.userId)).toBe(7);
    expect(outcomes.filter((outcome) => "refused" in outcome && outcome.refused === "RATE_LIMITED")).toHaveLength(93);
  });

  it("find room for as many units of one SKU as the cap allows", async () => {
    const shopper = await aShopper();
    const limits = { maxOpenPerUser: 0, maxOpenUnitsPerSku: 9 };
    await hundredTimes((deps, index) => place({ ...deps, limits }, shopper, `units ${index}`));
    expect(await openOrders(shopper.userId)).toBe(4);
  });

  it("cancel as many orders in an hour as the cap allows", async () => {
    const shopper = await aShopper();
    const ids = (await hundredTimes((deps, index) => place(deps, shopper, `cancels ${index}`))).map(idOf);
    const outcomes = await hundredTimes((deps, index) =>
      cancelOrder(
        { ...deps, maxCancelsPerHour: 30 },
        { orderId: ids[index]!, userId: shopper.userId, note: null, cause },
      ),
    );
    expect(outcomes.filter((outcome) => "refused" in outcome && outcome.refused === "RATE_LIMITED")).toHaveLength(70);
    expect(await openOrders(shopper.userId)).toBe(70);
  });

  it("cancel, ship and receive one order once each", async () => {
    const { userId, body } = await aShopper();
    const cancelled = idOf(await place(instances[0], { userId, body }, "one"));
    await hundredTimes((deps) =>
      cancelOrder({ ...deps, maxCancelsPerHour: 0 }, { orderId: cancelled, userId, note: null, cause }),
    );
    expect(await told(cancelled)).toEqual(["OrderPlaced", "OrderCancelled"]);
    const paid = await orders.paid();
    const shipment = { orderId: paid, carrier: "SF", cause };
    await hundredTimes((deps, index) => shipOrder(deps, { ...shipment, trackingNumber: String(index) }));
    await hundredTimes((deps) => confirmOrderReceipt(deps, { orderId: paid, userId: "501", cause }));
    expect((await told(paid)).slice(-2)).toEqual(["OrderShipped", "OrderCompleted"]);
    const parcels = "SELECT tracking_number FROM oms_shipment WHERE order_id = ?";
    expect(await rows(orders.shop.database.db, parcels, [paid])).toHaveLength(1);
  });

  it("that cancel while the money comes in: one of the two wins, and money never stays for nothing", async () => {
    const { userId, body } = await aShopper();
    for (let round = 0; round < 5; round += 1) {
      const key = idOf(await place(instances[0], { userId, body }, `race ${round}`));
      const locked = { orderId: key, lines: [] } as never;
      await orders.shop.harness.deliver(catalogStockV1, StockLocked, { key, seq: 1, value: locked });
      const money = { paymentId: "601", orderId: key, userId, channel: "FAKE", amountCents: 3_000, currency: "CNY" };
      const value = { ...money, paidAt: Date.now() } as never;
      await Promise.all([
        orders.shop.harness.deliver(paymentPaymentV1, PaymentSucceeded, { key, seq: 1, value }),
        ...Array.from({ length: 20 }, (_, index) =>
          cancelOrder({ ...instances[index % 2]!, maxCancelsPerHour: 0 }, { orderId: key, userId, note: null, cause }),
        ),
      ]);
      const end = (await told(key)).slice(2);
      expect([["OrderPaid"], ["OrderCancelled", "RefundRequested"]]).toContainEqual(end);
    }
  });
});

describe("an idempotency key", () => {
  const send = (sub: string, key: string, body: object) =>
    orders.call("POST", "/orders", { sub, body, headers: { "Idempotency-Key": key } });

  it("is its user's: with another's key one gets one's own order, or one's own refusal", async () => {
    const [alice, bob] = [await aShopper(), await aShopper()];
    const first = await send(alice.userId, "shared", alice.body);
    const second = await send(bob.userId, "shared", bob.body);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.headers.get("idempotency-replayed")).toBeNull();
    expect(second.body["orderId"]).not.toBe(first.body["orderId"]);
    const stolen = await send(bob.userId, "shared-2", alice.body);
    await send(alice.userId, "shared-2", alice.body);
    const again = await send(bob.userId, "shared-2", alice.body);
    for (const { status, body } of [stolen, again]) expect([status, body["code"]]).toEqual([404, "NOT_FOUND"]);
  });

  it("is taken as it is: no text in it is anything but a key", async () => {
    const { userId, body } = await aShopper();
    for (const key of ["' OR '1'='1", "a;DROP", "501 POST /orders"]) {
      const { status } = await send(userId, key, body);
      expect([202, 400]).toContain(status);
    }
    expect((await send(userId, "x".repeat(256), body)).status).toBe(400);
  });
});

const ORDER_KEYS =
  "address cancelNote cancelReason cancelledAt carrier currency finishedAt history items orderId orderSn paidAt payBy payCents placedAt shippedAt status statusName stock totalCents trackingNumber".split(
    " ",
  );
const ITEM_KEYS = "attributes priceCents productId productName quantity skuId totalCents".split(" ");
const HISTORY_KEYS = "at event reason status".split(" ");
const ADDRESS_KEYS = "city district phone postalCode receiver region street".split(" ");
const keysOf = (value: unknown): string[] => Object.keys(value as object).toSorted();

describe("what leaves", () => {
  it("is these fields for a shopper, wherever an order is shown, and three more for a merchant", async () => {
    const orderId = await orders.placed();
    const shown = (await orders.call("GET", `/orders/${orderId}`)).body;
    const listed = ((await orders.call("GET", "/orders?limit=1")).body["items"] as object[])[0]!;
    const placed = await orders.call("POST", "/orders", { body: wanted, headers: { "Idempotency-Key": "shape" } });
    const cancelled = (await orders.call("POST", `/orders/${orderId}/cancel`)).body;
    for (const order of [shown, listed, placed.body, cancelled] as OrderJson[]) {
      expect(keysOf(order)).toEqual(ORDER_KEYS);
      expect(keysOf(order.items[0])).toEqual(ITEM_KEYS);
      expect(keysOf(order.history[0])).toEqual(HISTORY_KEYS);
      expect(keysOf(order.address)).toEqual(ADDRESS_KEYS);
    }
    const merchant = { sub: "900", role: "merchant" };
    const kept = (await orders.call("GET", `/admin/orders/${orderId}`, merchant)).body;
    const inList = ((await orders.call("GET", "/admin/orders?limit=1", merchant)).body["items"] as object[])[0];
    const more = [...ORDER_KEYS, "remark", "shopperRemark", "userId"].toSorted();
    for (const order of [kept, inList]) expect(keysOf(order)).toEqual(more);
  });
});

describe("what comes in", () => {
  const untouched = new Proxy({}, { get: () => ({}) }) as OrdersDeps;
  const table = ordersRoutes(untouched).map(({ method, path, access }) => ({ method, path, access }));

  it.each(table)("has no field that $method $path does not know", async ({ method, path, access }) => {
    const orderId = await orders.placed();
    const at = path.replace("{orderId}", orderId);
    const caller = { sub: "501", role: access, headers: { "Idempotency-Key": "k" } };
    expect(await orders.call(method, `${at}?userId=502`, caller)).toMatchObject({ status: 400 });
    if (method === "GET") return;
    const body = { status: 4, userId: "502", priceCents: 1, stock: "DEDUCTED", isAdmin: true };
    expect(await orders.call(method, at, { ...caller, body })).toMatchObject({ status: 400 });
    expect(await orders.shop.order(orderId)).toMatchObject({ status: 0, stock: "PENDING", userId: "501" });
  });

  it.each(["0", "-1", "1e3", "01", "1 OR 1=1", "99999999999999999999", "__proto__", "%00"])(
    "that names the order %j names nothing: 404",
    async (orderId) => {
      const path = `/orders/${encodeURIComponent(orderId)}`;
      expect((await orders.call("GET", path)).status).toBe(404);
      expect((await orders.call("GET", `/admin${path}`, { role: "merchant" })).status).toBe(404);
    },
  );

  it.each([
    '{"items":[{"skuId":"9001","quantity":1}],"addressId":"301","addressId":"302"}',
    '{"items":[{"skuId":"9001","quantity":1,"__proto__":{"priceCents":1}}],"addressId":"301"}',
  ])("twice or as a prototype is refused: %s", async (text) => {
    const { status } = await orders.callRaw("POST", "/orders", text);
    expect(status).toBe(400);
  });
});
