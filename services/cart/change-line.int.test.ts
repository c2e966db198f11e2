import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  OrderCancelled,
  type OrderId,
  OrderPlaced,
  type ProductId,
  SkuChanged,
  type SkuId,
  type UserId,
} from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { type CartBench, newId, openCartBench, ordered, skuChanged } from "./cart-builder.ts";
import { deleteLine, deleteLines } from "./cart-store.ts";
import { addItem, setItem } from "./change-line.ts";

let bench: CartBench;
beforeAll(async () => {
  bench = await openCartBench();
});
afterAll(() => bench.close());

const versionOf = async (userId: string) => (await bench.cartOf(userId)).items[0]?.lineVersion;

describe("a shopper's cart", () => {
  test("POST adds to the quantity, PUT sets it, and each change has a version of its own", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    expect(await bench.add(userId, skuId, 2)).toMatchObject({ quantity: 2, lineVersion: 1 });
    expect(await bench.add(userId, skuId, 3)).toMatchObject({ quantity: 5, lineVersion: 2 });
    const change = { userId, skuId, quantity: 1, selected: undefined };
    expect(await setItem(bench.deps, change)).toMatchObject({ quantity: 1, selected: true, lineVersion: 3 });
    expect(await setItem(bench.deps, { ...change, selected: false })).toMatchObject({
      selected: false,
      lineVersion: 4,
    });
  });

  test("never gives a line version twice, also to a line that was removed and added again", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    await bench.add(userId, skuId);
    expect(await deleteLine(bench.db, userId, skuId)).toBe(true);
    expect(await deleteLine(bench.db, userId, skuId)).toBe(false);
    await bench.add(userId, skuId);
    expect(await versionOf(userId)).toBe(2);
    await deleteLines(bench.db, userId);
    await bench.add(userId, skuId);
    expect(await versionOf(userId)).toBe(3);
  });

  test("loses no addition of 20 at once, on two instances", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    const other = { ...bench.deps, db: bench.connect() };
    const change = { userId, skuId, quantity: 1, selected: true };
    await Promise.all(Array.from({ length: 20 }, (_, n) => addItem(n % 2 === 0 ? bench.deps : other, change)));
    expect((await bench.cartOf(userId)).items).toMatchObject([{ quantity: 20, lineVersion: 20 }]);
  });

  test("holds at most 99 of one SKU and 100 SKUs", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    await bench.add(userId, skuId, 99);
    await expect(bench.add(userId, skuId, 1)).rejects.toMatchObject({ code: "VALIDATION_FAILED", status: 400 });
    const skus = Array.from({ length: 100 }, () => skuChanged());
    await bench.harness.deliverBatch(
      skus.map((sku) => ({ topic: catalogSkuV1, type: SkuChanged, key: sku.skuId, seq: 1, value: sku })),
    );
    const [last, ...others] = skus;
    for (const sku of others) await bench.add(userId, sku.skuId);
    await expect(bench.add(userId, last!.skuId)).rejects.toMatchObject({ code: "VALIDATION_FAILED" });
    expect((await bench.cartOf(userId)).items).toHaveLength(100);
    expect((await bench.cartOf(userId)).items[0]?.quantity).toBe(99);
  });

  test("is nobody else's: PUT on a line that is not in the own cart finds nothing", async () => {
    const [userId, other, skuId] = [newId(), newId(), await bench.aSku()];
    await bench.add(userId, skuId);
    expect(await setItem(bench.deps, { userId: other, skuId, quantity: 9, selected: undefined })).toBeUndefined();
    expect(await bench.contents(userId)).toEqual([`1 × ${skuId}`]);
    expect(await bench.contents(other)).toEqual([]);
  });

  test("takes nothing that is off sale, and shows what went off sale or changed its price", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    await bench.add(userId, skuId, 2);
    await bench.aSku({ skuId: skuId as never, priceCents: 600, onSale: false }, 2);
    expect(await bench.add(userId, skuId)).toEqual({ refused: "SKU_OFF_SALE" });
    expect(await bench.cartOf(userId)).toMatchObject({
      items: [
        { priceCents: 600, subtotalCents: 1_200, priceChanged: true, onSale: false, attributes: { colour: "red" } },
      ],
      totalCents: 0,
    });
  });

  test("waits for a SKU it has not heard of, for 2 s", async () => {
    const [userId, skuId] = [newId(), newId()];
    expect(await bench.add(userId, newId())).toEqual({ refused: "SKU_NOT_KNOWN_YET", retryAfterSeconds: 1 });
    const adding = bench.add(userId, skuId);
    await bench.aSku({ skuId: skuId as never });
    expect(await adding).toMatchObject({ quantity: 1 });
  });
});

describe("race 8: stock refuses an order from the cart", () => {
  test("nothing of it reaches the cart, because only OrderAwaitingPayment takes lines out", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    await bench.add(userId, skuId, 2);
    const { key, topic } = ordered(userId, []);
    const order = { orderId: key as OrderId, userId: userId as UserId };
    const lines = [{ skuId: skuId as SkuId, productId: "10" as ProductId, quantity: 2, priceCents: 500 }];
    const now = Date.now();
    const amounts = { orderSn: "1", currency: "CNY", totalCents: 1_000, placedAt: now, payBy: now + 1_000 };
    const rejected = { reason: "STOCK_REJECTED", fromStatus: 0, cancelledAt: now } as const;
    await bench.harness.deliver(topic, OrderPlaced, { key, seq: 1, value: { ...order, ...amounts, lines } });
    await bench.harness.deliver(topic, OrderCancelled, { key, seq: 2, value: { ...order, ...rejected } });
    expect(await bench.contents(userId)).toEqual([`2 × ${skuId}`]);
  });

  test("an item removed and added again meanwhile stays", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    await bench.add(userId, skuId, 2);
    const order = ordered(userId, [{ skuId, quantity: 2, cartLineVersion: 1 }]);
    await deleteLine(bench.db, userId, skuId);
    await bench.add(userId, skuId, 2);
    await bench.harness.deliverBatch([order]);
    expect(await bench.contents(userId)).toEqual([`2 × ${skuId}`]);
  });
});

describe("race 9: the cart is edited between checkout and clearing", () => {
  test("only ordered lines go, and of them only what was ordered", async () => {
    const userId = newId();
    const [kept, part, gone, late] = [await bench.aSku(), await bench.aSku(), await bench.aSku(), await bench.aSku()];
    await bench.add(userId, kept, 1);
    await bench.add(userId, part, 5);
    await bench.add(userId, gone, 2);
    const order = ordered(userId, [
      { skuId: part, quantity: 3, cartLineVersion: 2 },
      { skuId: gone, quantity: 2, cartLineVersion: 3 },
    ]);
    await bench.add(userId, late, 1);
    await bench.harness.deliverBatch([order]);
    expect(await bench.contents(userId)).toEqual([`1 × ${kept}`, `2 × ${part}`, `1 × ${late}`]);
  });

  test("an addition at the same moment is either kept whole or counted before, never lost", async () => {
    for (let round = 0; round < 10; round += 1) {
      const [userId, skuId] = [newId(), await bench.aSku()];
      await bench.add(userId, skuId, 2);
      const order = ordered(userId, [{ skuId, quantity: 2, cartLineVersion: 1 }]);
      await Promise.all([bench.add(userId, skuId, 1), bench.harness.deliverBatch([order])]);
      // Added first: the line has another version and stays. Taken out first: the addition makes a new line.
      expect([[`3 × ${skuId}`], [`1 × ${skuId}`]]).toContainEqual(await bench.contents(userId));
    }
  });
});
