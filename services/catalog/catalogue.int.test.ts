import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rows } from "#platform/database/database.ts";
import type { Answer } from "#platform/http/route.ts";
import { type TestDatabase, openTestDatabase } from "#platform/testing/test-database.ts";
import { catalogInventoryV1 } from "#topics/catalog.inventory.v1.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { type CatalogueUnderTest, openCatalogue } from "./catalogue-builder.ts";
import { demoCatalogue } from "./products/demo-catalogue.ts";
import { type ProductQuery, listProducts } from "./products/list-products.ts";
import { productRoutes } from "./products/routes.ts";
import { seedCatalogue } from "./seed-catalogue.ts";

let test: TestDatabase;
let shop: CatalogueUnderTest;
let added: readonly number[];
const demo = demoCatalogue();
const skus = demo.products.flatMap((product) => product.skus);
const cause = { correlationId: "c", causationId: "r", traceparent: "" };

beforeAll(async () => {
  test = await openTestDatabase({ service: "catalog", directory: new URL("./migrations", import.meta.url).pathname });
  shop = openCatalogue(test.connect());
  const { outbox } = shop;
  added = await Promise.all([1, 2].map(() => seedCatalogue({ db: test.connect(), outbox }, demo, cause)));
});
afterAll(() => test.close());

async function contents(): Promise<unknown> {
  const tables = [
    "pms_category",
    "pms_brand",
    "pms_product",
    "pms_sku",
    "pms_stock",
    "pms_stock_sku",
    "pms_stock_record",
    "outbox",
  ];
  return Promise.all(tables.map((table) => test.db(table).select().orderBy(1)));
}

describe("the seed", () => {
  it("run twice at a time adds each product once", () => {
    expect(new Set(added)).toEqual(new Set([0, demo.products.length]));
  });

  it("publishes every SKU and its first receipt, each as the first of its sequence", async () => {
    const found = await rows(test.db, "SELECT topic, agg_seq, COUNT(*) AS events FROM outbox GROUP BY topic, agg_seq");
    expect(found).toHaveLength(2);
    for (const topic of [catalogInventoryV1.name, catalogSkuV1.name])
      expect(found).toContainEqual({ topic, agg_seq: 1, events: String(skus.length) });
  });

  it("has a ledger row for every unit", async () => {
    const [row] = await rows<{ units: string; ledger: string }>(
      test.db,
      "SELECT (SELECT SUM(on_hand) FROM pms_stock) AS units, (SELECT SUM(d_on_hand) FROM pms_stock_record WHERE ref = CONCAT('doc:seed-', sku_id)) AS ledger",
    );
    const units = skus.reduce((total, sku) => total + sku.units, 0);
    expect([Number(row?.units), Number(row?.ledger)]).toEqual([units, units]);
  });

  it("changes nothing the second time", async () => {
    const before = await contents();
    expect(await seedCatalogue(shop, demo, cause)).toBe(0);
    expect(await contents()).toEqual(before);
  });
});

/** All pages of a list, a few at a time. */
async function listAll(query: Partial<ProductQuery>, limit = 37) {
  const items = [];
  let cursor: string | undefined;
  do {
    const page = await listProducts({ db: test.db }, { sort: "newest", ...query, cursor, limit });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
const ids = (items: readonly { productId: string }[]) => items.map(({ productId }) => productId);
const lowest = new Map(
  demo.products.map((product) => [product.productId, Math.min(...product.skus.map((sku) => sku.priceCents))]),
);

describe("the list of products", () => {
  const price = ({ productId }: { productId: string }) => lowest.get(productId) ?? 0;
  const byId = (a: { productId: string }, b: { productId: string }) => Number(a.productId) - Number(b.productId);
  const inOrder = {
    newest: demo.products.toReversed(),
    priceAsc: demo.products.toSorted((a, b) => price(a) - price(b) || byId(a, b)),
    priceDesc: demo.products.toSorted((a, b) => price(b) - price(a) || byId(b, a)),
    name: demo.products.toSorted((a, b) => a.name.localeCompare(b.name, "en")),
  };
  it.each(["newest", "priceAsc", "priceDesc", "name"] as const)(
    "shows each product once, in order: %s",
    async (sort) => {
      expect(ids(await listAll({ sort }))).toEqual(ids(inOrder[sort]));
    },
  );

  it("takes a category with all that are below it", async () => {
    const [kitchen] = demo.categories.filter(({ name }) => name === "Kitchen");
    const below = new Set(
      demo.categories.filter(({ parentId }) => parentId === kitchen?.categoryId).map((c) => c.categoryId),
    );
    const expected = demo.products.filter(({ categoryId }) => below.has(categoryId));
    expect(expected.length).toBe(30);
    expect(ids(await listAll({ category: kitchen?.categoryId }, 10)).toSorted()).toEqual(ids(expected).toSorted());
    expect(await listAll({ category: "999" })).toEqual([]);
  });

  it("takes brand, price range and a text within the name, together", async () => {
    const [brand] = demo.brands;
    const expected = demo.products.filter(({ productId, brandId, name }) => {
      const price = lowest.get(productId) ?? 0;
      return brandId === brand?.brandId && price >= 5_000 && price <= 50_000 && name.toLowerCase().includes("er");
    });
    const found = await listAll(
      { brand: brand?.brandId, minPrice: 5_000, maxPrice: 50_000, q: "ER", sort: "priceAsc" },
      2,
    );
    expect(ids(found).toSorted()).toEqual(ids(expected).toSorted());
    expect(found.length).toBeGreaterThan(0);
  });

  it.each(["%", "_", "!", "\\", "'", "' OR 1=1 -- "])("takes %s as text", async (q) => {
    expect(ids(await listAll({ q }))).toEqual(ids(demo.products.filter(({ name }) => name.includes(q))));
  });

  it("refuses a cursor that was given out for another order", async () => {
    const { nextCursor } = await listProducts({ db: test.db }, { sort: "name", limit: 5 });
    const cursor = nextCursor ?? "";
    await expect(listProducts({ db: test.db }, { sort: "newest", limit: 5, cursor })).rejects.toMatchObject({
      code: "CURSOR_INVALID",
    });
  });
});

describe("a product", () => {
  const shown = async (productId: string) => JSON.parse((await shop.window.product(productId))?.text ?? "null");

  it("is shown with its SKUs and what is free of each", async () => {
    const [product] = demo.products;
    const [sku] = product?.skus ?? [];
    await test.db("pms_stock").where("sku_id", sku?.skuId).update({ locked: 7 });
    const found = await shown(product?.productId ?? "");
    expect(found).toMatchObject({ name: product?.name, categoryId: product?.categoryId, currency: "CNY" });
    expect(found?.skus.length).toBe(product?.skus.length);
    expect(found?.skus[0]).toEqual({
      skuId: sku?.skuId,
      skuCode: sku?.skuCode,
      attributes: sku?.attributes,
      priceCents: sku?.priceCents,
      priceVersion: 1,
      available: (sku?.units ?? 0) - 7,
    });
  });

  it("is not found when unknown or withdrawn", async () => {
    const withdrawn = demo.products.at(-1)?.productId ?? "";
    await test.db("pms_product").where("product_id", withdrawn).update({ on_sale: false });
    expect([await shown("1"), await shown(withdrawn)]).toEqual([null, null]);
    expect(ids(await listAll({}))).not.toContain(withdrawn);
    await test.db("pms_product").where("product_id", withdrawn).update({ on_sale: true });
  });
});

describe("the routes", () => {
  it("are open to anyone, answer in the shapes they declare, and with 304 to who has the answer", async () => {
    for (const { path, access, query, answers, handle } of productRoutes(shop)) {
      expect(access).toBe("anyone");
      const ask = (tag?: string) =>
        handle({
          query: query?.parse({}),
          params: { productId: demo.products[0]?.productId },
          header: () => tag,
        } as never) as Promise<Answer>;
      const answer = await ask();
      const body = JSON.parse(String(answer.body)) as unknown;
      const shape = answers[200];
      if (typeof shape !== "object" || shape === null) throw new Error(`${path} has no shape`);
      expect(shape.parse(body)).toEqual(body);
      const again = await ask(answer.headers?.["ETag"]);
      expect([again.status, again.body]).toEqual([304, undefined]);
    }
  });
});
