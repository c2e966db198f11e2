import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rows } from "#platform/database/database.ts";
import { SkuChanged } from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { type CartBench, newId, openCartBench, ordered, skuChanged } from "./cart-builder.ts";

let bench: CartBench;
beforeAll(async () => {
  bench = await openCartBench();
});
afterAll(() => bench.close());

const parkedOf = (key: string) => rows(bench.db, "SELECT state, reason FROM parked_event WHERE msg_key = ?", [key]);
const poison = [{ state: "poison", reason: "state" }];

describe("a forged event becomes poison and changes nothing", () => {
  test.each([{ priceCents: -1 }, { currency: "yuan" }, { skuId: "1" as never }])("of a SKU: %o", async (over) => {
    const [skuId, known] = [newId(), await bench.aSku()];
    const value = skuChanged({ skuId: skuId as never, ...over });
    await bench.harness.deliver(catalogSkuV1, SkuChanged, { key: skuId, seq: 1, value });
    expect(await parkedOf(skuId)).toEqual(poison);
    expect(await rows(bench.db, "SELECT 1 FROM cart_sku WHERE sku_id IN (?, 1)", [skuId])).toEqual([]);
    expect(await bench.add(newId(), known)).toMatchObject({ quantity: 1 });
  });

  test.each(["x", "0", "1 OR 1=1"])("of the SKU %j, which is none, and no row is locked for it", async (key) => {
    const value = skuChanged({ skuId: key as never });
    await bench.harness.deliver(catalogSkuV1, SkuChanged, { key, seq: 1, value });
    expect(await parkedOf(key)).toEqual(poison);
  });

  test.each([{ quantity: -5 }, { quantity: 0 }, { quantity: 2_000_000_000 }])(
    "of an order with %o: it neither fills nor empties a cart",
    async ({ quantity }) => {
      const [userId, skuId] = [newId(), await bench.aSku()];
      await bench.add(userId, skuId, 2);
      const order = ordered(userId, [{ skuId, quantity, cartLineVersion: 1 }]);
      await bench.harness.deliverBatch([order]);
      expect(await bench.contents(userId)).toEqual([`2 × ${skuId}`]);
      expect(await parkedOf(order.key)).toEqual(poison);
    },
  );

  test("of an order under another's key, or of a shopper that is none", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    await bench.add(userId, skuId, 2);
    const line = { skuId, quantity: 2, cartLineVersion: 1 };
    const other = { ...ordered(userId, [line]), key: newId() };
    const nobody = ordered("0 OR 1=1", [line]);
    await bench.harness.deliverBatch([other, nobody]);
    expect(await bench.contents(userId)).toEqual([`2 × ${skuId}`]);
    expect([...(await parkedOf(other.key)), ...(await parkedOf(nobody.key))]).toEqual([...poison, ...poison]);
  });
});
