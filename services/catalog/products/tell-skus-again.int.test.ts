import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import type { EmittedKey } from "#platform/outbox/repair-compacted-topic.ts";
import { type TestDatabase, openTestDatabase } from "#platform/testing/test-database.ts";
import { SkuChanged } from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { codec, openCatalogue } from "../catalogue-builder.ts";
import { seedCatalogue } from "../seed-catalogue.ts";
import { demoCatalogue } from "./demo-catalogue.ts";
import { ownerOfSkus } from "./tell-skus-again.ts";

let test: TestDatabase;
const demo = demoCatalogue();
const skus = demo.products.flatMap((product) => product.skus.map((sku) => ({ ...sku, product })));

beforeAll(async () => {
  test = await openTestDatabase({ service: "catalog", directory: new URL("../migrations", import.meta.url).pathname });
  await seedCatalogue(openCatalogue(test.connect()), demo, { correlationId: "c", causationId: "r", traceparent: "" });
  await execute(test.db, "DELETE FROM outbox");
});
afterAll(() => test.close());

describe("the owner of the SKU topic", () => {
  it("knows every SKU with its sequence, page by page", async () => {
    const owner = ownerOfSkus(openCatalogue(test.db));
    const found: EmittedKey[] = [];
    for (let page = await owner.readPage(undefined, 100); page.length > 0;) {
      found.push(...page);
      page = await owner.readPage(page.at(-1)?.key, 100);
    }
    expect(found).toEqual(skus.map(({ skuId }) => ({ key: skuId, seq: 1 })));
  });

  it("tells the present state under the next sequence, and only of SKUs that are where they were", async () => {
    const owner = ownerOfSkus(openCatalogue(test.db));
    const [stale, moved, unknown] = [skus[0]!, skus[1]!, "99"];
    await execute(test.db, "UPDATE pms_sku SET seq = 5 WHERE sku_id = ?", [moved.skuId]);
    const keys = [stale.skuId, moved.skuId, unknown].map((key) => ({ key, seq: 1 }));
    expect(await owner.emitAgain(keys)).toBe(1);
    const told = await rows<{ topic: string; agg_seq: number; payload: Buffer }>(test.db, "SELECT * FROM outbox");
    expect(told.map(({ topic, agg_seq }) => [topic, agg_seq])).toEqual([[catalogSkuV1.name, 2]]);
    expect(codec.decode(SkuChanged, told[0]?.payload as Buffer)).toMatchObject({
      skuId: stale.skuId,
      productName: stale.product.name,
      priceCents: stale.priceCents,
      priceVersion: 1,
      onSale: true,
    });
    expect(await owner.emitAgain(keys)).toBe(0);
  });
});
