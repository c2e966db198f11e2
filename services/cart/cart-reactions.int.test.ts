import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rows } from "#platform/database/database.ts";
import type { Delivery } from "#platform/testing/reaction-harness.ts";
import { SkuChanged } from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { type CartBench, newId, openCartBench, ordered, skuChanged } from "./cart-builder.ts";

let bench: CartBench;
beforeAll(async () => {
  bench = await openCartBench();
});
afterAll(() => bench.close());

/** The process dies before, and then after, the commit, and both times starts again. */
async function deliverThroughCrashes(...events: Delivery[]): Promise<void> {
  bench.harness.crashAt("before-commit");
  await expect(bench.harness.deliverBatch(events)).rejects.toThrow("crash before-commit");
  bench.harness.crashAt("after-commit");
  await expect(bench.harness.redeliver()).rejects.toThrow("crash after-commit");
  await bench.harness.redeliver();
}

describe("remove ordered lines on OrderAwaitingPayment", () => {
  async function cartOf(quantity: number): Promise<{ userId: string; skuId: string }> {
    const [userId, skuId] = [newId(), await bench.aSku()];
    await bench.add(userId, skuId, quantity);
    return { userId, skuId };
  }

  test("takes the ordered quantity out of the line that was ordered", async () => {
    const { userId, skuId } = await cartOf(5);
    await bench.harness.deliverBatch([ordered(userId, [{ skuId, quantity: 2, cartLineVersion: 1 }])]);
    expect(await bench.contents(userId)).toEqual([`3 × ${skuId}`]);
  });

  test("without versions takes out lines that look as ordered and are older than the order", async () => {
    const [same, newer] = [await cartOf(2), await cartOf(2)];
    await bench.harness.deliverBatch([
      ordered(same.userId, [{ skuId: same.skuId, quantity: 2 }]),
      ordered(newer.userId, [{ skuId: newer.skuId, quantity: 2 }], { placedAt: Date.now() - 60_000 }),
    ]);
    expect(await bench.contents(same.userId)).toEqual([]);
    expect(await bench.contents(newer.userId)).toEqual([`2 × ${newer.skuId}`]);
  });

  test("touches nothing when the order did not come from the cart", async () => {
    const { userId, skuId } = await cartOf(2);
    await bench.harness.deliverBatch([ordered(userId, [{ skuId, quantity: 2 }], { fromCart: false })]);
    expect(await bench.contents(userId)).toEqual([`2 × ${skuId}`]);
  });

  test("the same event twice, also when everything is replayed, changes nothing", async () => {
    const { userId, skuId } = await cartOf(5);
    await bench.harness.deliverBatch([ordered(userId, [{ skuId, quantity: 2, cartLineVersion: 1 }])]);
    await bench.harness.repeat();
    await bench.harness.rewind();
    await bench.harness.repeat();
    expect(await bench.contents(userId)).toEqual([`3 × ${skuId}`]);
  });

  test("two orders of one line in one batch each take theirs", async () => {
    const { userId, skuId } = await cartOf(5);
    const line = { skuId, quantity: 2, cartLineVersion: 1 };
    await bench.harness.deliverBatch([ordered(userId, [line]), ordered(userId, [line])]);
    expect(await bench.contents(userId)).toEqual([`1 × ${skuId}`]);
  });

  test("late, when the line is long gone or another, it is harmless", async () => {
    const { userId, skuId } = await cartOf(2);
    const order = ordered(userId, [
      { skuId, quantity: 2, cartLineVersion: 99 },
      { skuId: newId(), quantity: 1, cartLineVersion: 1 },
    ]);
    await bench.harness.deliverBatch([order]);
    expect(await bench.contents(userId)).toEqual([`2 × ${skuId}`]);
  });

  test("a crash around the commit loses and doubles nothing", async () => {
    const { userId, skuId } = await cartOf(5);
    await deliverThroughCrashes(ordered(userId, [{ skuId, quantity: 2, cartLineVersion: 1 }]));
    expect(await bench.contents(userId)).toEqual([`3 × ${skuId}`]);
  });
});

describe("keep SKU on SkuChanged", () => {
  const changed = (skuId: string, seq: number, over: object = {}): Delivery => ({
    topic: catalogSkuV1,
    type: SkuChanged,
    key: skuId,
    seq,
    value: skuChanged({ skuId: skuId as never, ...over }),
  });
  const replicaOf = async (skuId: string) =>
    (await rows<object>(bench.db, "SELECT price_cents, on_sale, sku_seq FROM cart_sku WHERE sku_id = ?", [skuId]))[0];

  test("keeps the latest state of each SKU, also of several changes in one batch", async () => {
    const skuId = newId();
    await bench.harness.deliverBatch([changed(skuId, 1), changed(skuId, 4, { priceCents: 900 })]);
    expect(await replicaOf(skuId)).toEqual({ price_cents: "900", on_sale: 1, sku_seq: 4 });
  });

  test("the same event twice changes nothing", async () => {
    const skuId = newId();
    await bench.harness.deliverBatch([changed(skuId, 2)]);
    await bench.harness.repeat();
    expect(await replicaOf(skuId)).toMatchObject({ sku_seq: 2 });
  });

  test("an older state that comes late is dropped, also after the SKU was removed", async () => {
    const [skuId, removed] = [newId(), newId()];
    await bench.harness.deliverBatch([changed(skuId, 3, { priceCents: 900 }), changed(skuId, 2)]);
    await bench.harness.deliverBatch([{ ...changed(removed, 5), value: null }]);
    await bench.harness.deliverBatch([changed(removed, 4)]);
    expect(await replicaOf(skuId)).toMatchObject({ price_cents: "900", sku_seq: 3 });
    expect(await replicaOf(removed)).toMatchObject({ on_sale: 0, sku_seq: 5 });
  });

  test("a removed SKU stays in carts with its last price, and cannot be ordered", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    await bench.add(userId, skuId);
    await bench.harness.deliverBatch([{ ...changed(skuId, 2), value: null }]);
    expect((await bench.cartOf(userId)).items).toMatchObject([{ name: "Kettle", priceCents: 500, onSale: false }]);
    expect(await bench.add(userId, skuId)).toEqual({ refused: "SKU_OFF_SALE" });
  });

  test("a crash around the commit loses and doubles nothing", async () => {
    const skuId = newId();
    await deliverThroughCrashes(changed(skuId, 1), changed(skuId, 2, { priceCents: 700 }));
    expect(await replicaOf(skuId)).toEqual({ price_cents: "700", on_sale: 1, sku_seq: 2 });
  });
});
