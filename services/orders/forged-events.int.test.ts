import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import type { EventType, Topic } from "#platform/kafka/topic.ts";
import {
  AddressChanged,
  OrderPaymentTimedOut,
  PaymentSucceeded,
  RefundSucceeded,
  SkuChanged,
  StockLocked,
  StockLockRejected,
  UserChanged,
} from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { paymentPaymentV1 } from "#topics/payment.payment.v1.ts";
import { sweeperTimeoutV1 } from "#topics/sweeper.timeout.v1.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { openTestOrders, type TestOrders } from "./app-builder.ts";
import { anAddress, aSku } from "./order-builders.ts";

let orders: TestOrders;
beforeAll(async () => {
  orders = await openTestOrders();
});
beforeEach(async () => {
  await orders.shop.harness.drainOutbox();
  await execute(orders.shop.database.db, "DELETE FROM parked_event");
});
afterAll(() => orders.close());

const parked = () => rows(orders.shop.database.db, "SELECT state FROM parked_event");

interface Forgery {
  readonly what: string;
  readonly topic: Topic;
  readonly type: EventType<unknown>;
  value(orderId: string): object;
}

const payment = { paymentId: "601", userId: "501", channel: "FAKE", amountCents: 3_000, currency: "CNY", paidAt: 1 };
const refund = { refundId: "1", paymentId: "601", amountCents: 3_000, currency: "CNY", reason: "LATE_PAYMENT" };
const ofPayment = (what: string, over: object): Forgery => ({
  what: `a payment ${what}`,
  topic: paymentPaymentV1,
  type: PaymentSucceeded,
  value: (orderId) => ({ ...payment, orderId, ...over }),
});

const forgeries: Forgery[] = [
  ofPayment("of less than nothing", { amountCents: -3_000 }),
  ofPayment("in no currency", { currency: "yuan" }),
  ofPayment("of another shopper", { userId: "502" }),
  ofPayment("without an id", { paymentId: "601 OR 1=1" }),
  ofPayment("at no time", { paidAt: 9e15 }),
  ofPayment("for another order", { orderId: "1" }),
  {
    what: "a refund without an id",
    topic: paymentPaymentV1,
    type: RefundSucceeded,
    value: (orderId) => ({ ...refund, orderId, paymentId: "x" }),
  },
  {
    what: "a lock of another order",
    topic: catalogStockV1,
    type: StockLocked,
    value: () => ({ orderId: "1", lines: [] }),
  },
  {
    what: "a refusal of another order",
    topic: catalogStockV1,
    type: StockLockRejected,
    value: () => ({ orderId: "1", shortages: [] }),
  },
  {
    what: "a time-out of another order",
    topic: sweeperTimeoutV1,
    type: OrderPaymentTimedOut,
    value: () => ({ orderId: "1", payBy: 0 }),
  },
];

describe("a forged event about an order becomes poison, changes nothing and stops no other order", () => {
  it.each(forgeries)("$what", async ({ topic, type, value }) => {
    const [orderId, other] = [await orders.placed(), await orders.placed()];
    await orders.shop.harness.drainOutbox();
    const locked = { orderId: other, lines: [] } as never;
    await orders.shop.harness.deliverBatch([
      { topic, type, key: orderId, seq: 1, value: value(orderId) },
      { topic: catalogStockV1, type: StockLocked, key: other, seq: 1, value: locked },
    ]);
    expect(await parked()).toEqual([{ state: "poison" }]);
    expect(await orders.shop.order(orderId)).toMatchObject({
      status: 0,
      stock: "PENDING",
      refunds: {},
      historyRows: 1,
    });
    expect((await orders.shop.order(other)).stock).toBe("LOCKED");
    const emitted = (await orders.shop.harness.emitted()).filter(({ name }) => name !== "");
    expect(emitted.map(({ key }) => key)).toEqual([other]);
  });
});

describe("a forged event about a price, an address or a user becomes poison, and the replica stays", () => {
  const long = "x".repeat(300);
  it.each([
    { priceCents: -1 },
    { currency: "" },
    { priceVersion: 0 },
    { priceVersion: -5 },
    { skuId: "9002" as never },
    { productName: long },
    { productId: "x" as never },
  ])("a SKU with %j", async (over) => {
    const value = aSku({ ...over });
    await orders.shop.harness.deliver(catalogSkuV1, SkuChanged, { key: "9001", seq: 2, value });
    expect(await parked()).toEqual([{ state: "poison" }]);
    const sku = "SELECT product_name, price_cents, price_version, sku_seq FROM oms_sku WHERE sku_id = 9001";
    expect(await rows(orders.shop.database.db, sku)).toEqual([
      { product_name: "Tea", price_cents: "1500", price_version: 3, sku_seq: 1 },
    ]);
  });

  it.each([
    ["of nobody", { ...anAddress({ addressId: "301" }), userId: "x" }],
    ["of another key", anAddress({ addressId: "302" })],
    ["too long to be one", { ...anAddress({ addressId: "301" }), ciphertext: Buffer.alloc(9_000) }],
  ])("an address %s", async (_what, value) => {
    await orders.shop.harness.deliver(usersAddressV1, AddressChanged, { key: "301", seq: 2, value: value as never });
    expect(await parked()).toEqual([{ state: "poison" }]);
    expect((await orders.call("GET", `/orders/${await orders.placed()}`)).body).toMatchObject({
      address: { phone: "13812341234" },
    });
  });

  it("a user of another key", async () => {
    const value = { userId: "502", level: 0, status: "DELETED" } as never;
    await orders.shop.harness.deliver(usersUserV1, UserChanged, { key: "501", seq: 1, value });
    expect(await parked()).toEqual([{ state: "poison" }]);
    expect(await rows(orders.shop.database.db, "SELECT 1 FROM oms_user WHERE status = 'DELETED'")).toEqual([]);
  });
});
