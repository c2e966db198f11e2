import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import { anApp } from "#platform/testing/an-app.ts";
import { type TestDatabase, openTestDatabase } from "#platform/testing/test-database.ts";
import { SkuChanged } from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { type CatalogueUnderTest, codec, openCatalogue } from "../../catalogue-builder.ts";
import { catalogRoutes } from "../../routes.ts";

let test: TestDatabase;
let shop: CatalogueUnderTest;
let count = 0;
const unique = (name: string) => `${name}-${(count += 1)}`;

beforeAll(async () => {
  test = await openTestDatabase({
    service: "catalog",
    directory: new URL("../../migrations", import.meta.url).pathname,
  });
  shop = openCatalogue(test.connect());
});
afterAll(() => test.close());
beforeEach(() => execute(test.db, "DELETE FROM outbox"));

type Body = Record<string, unknown>;
type Texts = "categoryId" | "brandId" | "productId" | "skuId" | "skuCode" | "nextCursor" | "code";
type Shown = Readonly<Record<Texts, string>> &
  Readonly<{
    items: readonly Shown[];
    skus: readonly Shown[];
    children: readonly Shown[];
    name: string;
    level: number;
    version: number;
    priceCents: number;
  }>;

/** Calls the routes as a merchant. */
async function merchant() {
  const { call } = await anApp([...catalogRoutes(shop)]);
  const as = { roles: ["merchant"] };
  const ask = async (...request: Parameters<typeof call>) => {
    const { status, body } = await call(...request);
    return { status, body: body as unknown as Shown };
  };
  const send = (method: string, path: string, body?: Body) =>
    ask(method, path, { as, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return {
    get: (path: string) => send("GET", path),
    post: (path: string, body: Body = {}) => send("POST", path, body),
    put: (path: string, body: Body) => send("PUT", path, body),
    visit: (path: string) => ask("GET", path, { as: { sub: null, roles: [] } }),
  };
}
type Merchant = Awaited<ReturnType<typeof merchant>>;

async function aProduct(keeper: Merchant, skus = 1) {
  const category = await keeper.post("/admin/categories", { name: unique("category") });
  const brand = await keeper.post("/admin/brands", { name: unique("brand") });
  const fields = { name: unique("Lamp"), categoryId: category.body.categoryId, brandId: brand.body.brandId };
  const product = await keeper.post("/admin/products", fields);
  expect([category.status, brand.status, product.status]).toEqual([201, 201, 201]);
  const { productId } = product.body;
  const added = [];
  for (let at = 0; at < skus; at += 1) {
    const body = { productId, skuCode: unique("SKU"), attributes: { size: `${at}` }, priceCents: 1_000 + at };
    const sku = await keeper.post("/admin/skus", body);
    expect([sku.status, sku.body]).toEqual([
      201,
      { ...body, skuId: expect.any(String), currency: "CNY", priceVersion: 1, onSale: false },
    ]);
    added.push({ ...body, skuId: sku.body.skuId });
  }
  return { productId, fields, skus: added };
}

/** What was told of the SKUs, in order. */
async function told(): Promise<{ seq: number; value: SkuChanged }[]> {
  const found = await rows<{ agg_seq: number; payload: Buffer }>(
    test.db,
    "SELECT agg_seq, payload FROM outbox WHERE topic = ? ORDER BY id",
    [catalogSkuV1.name],
  );
  return found.map(({ agg_seq, payload }) => ({ seq: agg_seq, value: codec.decode(SkuChanged, payload) }));
}
const stockOf = async (skuId: string) =>
  (await rows(test.db, "SELECT on_hand, locked, on_sale, version FROM pms_stock WHERE sku_id = ?", [skuId]))[0];
const contents = async () =>
  Promise.all(
    ["pms_product", "pms_spu", "pms_sku", "pms_stock", "pms_catalogue", "outbox"].map((table) => test.db(table)),
  );

describe("categories", () => {
  it("grow, move with all below them, and keep their levels right", async () => {
    const keeper = await merchant();
    const ids: (string | null)[] = [null];
    for (let level = 1; level <= 5; level += 1) {
      const { status, body } = await keeper.post("/admin/categories", { name: "deep", parentId: ids.at(-1) });
      expect([status, body.level]).toEqual([201, level]);
      ids.push(body.categoryId);
    }
    expect(await keeper.post("/admin/categories", { name: "deeper", parentId: ids[5] })).toMatchObject({ status: 400 });
    const moved = await keeper.put(`/admin/categories/${ids[2]}`, { name: "deep", parentId: ids[1], sort: 7 });
    expect(moved).toMatchObject({ status: 200, body: { level: 2, sort: 7 } });
    const top = await keeper.put(`/admin/categories/${ids[2]}`, { name: "top", parentId: null });
    expect(top.body).toMatchObject({ level: 1, parentId: null, sort: 0 });
    expect((await keeper.get(`/admin/categories/${ids[5]}`)).body).toMatchObject({ level: 4 });
    const below = await keeper.put(`/admin/categories/${ids[2]}`, { name: "top", parentId: ids[4] });
    expect(below).toMatchObject({ status: 400, body: { errors: [{ path: "parentId" }] } });
    const tree = (await keeper.visit("/categories")).body.items;
    expect(tree.map(({ name, children }) => [name, children.length])).toEqual([
      ["deep", 0],
      ["top", 1],
    ]);
  });

  it("are the same when sent again, and a conflict when sent otherwise", async () => {
    const keeper = await merchant();
    const name = unique("twice");
    const first = await keeper.post("/admin/categories", { name, sort: 1 });
    expect((await keeper.post("/admin/categories", { name, sort: 1 })).body).toEqual(first.body);
    expect(await keeper.post("/admin/categories", { name, sort: 2 })).toMatchObject({
      status: 409,
      body: { code: "DOCUMENT_CONFLICT" },
    });
    const other = await keeper.post("/admin/categories", { name: unique("other") });
    const renamed = await keeper.put(`/admin/categories/${other.body.categoryId}`, { name });
    expect(renamed.body.code).toBe("DOCUMENT_CONFLICT");
    expect((await keeper.put("/admin/categories/99", { name: "x" })).status).toBe(404);
    expect((await keeper.post("/admin/categories", { name: "x", parentId: "99" })).status).toBe(400);
  });

  it("added by many at once under one name are one", async () => {
    const keeper = await merchant();
    const name = unique("crowd");
    const answers = await Promise.all(Array.from({ length: 30 }, () => keeper.post("/admin/categories", { name })));
    expect(new Set(answers.map(({ body }) => body.categoryId)).size).toBe(1);
  });
});

describe("brands", () => {
  it("can be added, changed and paged through", async () => {
    const keeper = await merchant();
    const name = unique("Brand");
    const { body } = await keeper.post("/admin/brands", { name });
    expect((await keeper.post("/admin/brands", { name })).body).toEqual(body);
    const changed = await keeper.put(`/admin/brands/${body.brandId}`, { name: `${name}!`, sort: 3 });
    expect(changed.body).toEqual({ ...body, name: `${name}!`, sort: 3 });
    await keeper.post("/admin/brands", { name: unique("Brand") });
    const first = await keeper.get("/admin/brands?limit=1");
    const second = await keeper.get(`/admin/brands?limit=100&cursor=${first.body.nextCursor}`);
    const all = await keeper.get("/admin/brands?limit=100");
    expect([first.body.items, second.body.items].flat()).toEqual(all.body.items);
    expect((await keeper.get("/admin/brands?cursor=W10")).body.code).toBe("CURSOR_INVALID");
  });
});

describe("a product", () => {
  it("is sold once it is published, with all of its SKUs, and not any more once it is withdrawn", async () => {
    const keeper = await merchant();
    const { productId, skus } = await aProduct(keeper, 3);
    expect((await keeper.visit(`/products/${productId}`)).status).toBe(404);
    const published = await keeper.post(`/admin/products/${productId}/publish`);
    expect(published).toMatchObject({ status: 200, body: { onSale: true, priceCents: 1_000 } });
    const shown = (await keeper.visit(`/products/${productId}`)).body.skus;
    expect(shown).toHaveLength(3);
    expect(shown[0]).toMatchObject({ skuId: skus[0]?.skuId, priceCents: 1_000, available: 0 });
    for (const { skuId } of skus) expect(await stockOf(skuId)).toMatchObject({ on_hand: 0, on_sale: 1, version: 2 });
    const events = await told();
    expect(events.map(({ seq, value }) => [seq, value.onSale])).toEqual([
      ...Array(3).fill([1, false]),
      ...Array(3).fill([2, true]),
    ]);
    const before = await contents();
    expect((await keeper.post(`/admin/products/${productId}/publish`)).body).toEqual(published.body);
    expect(await contents()).toEqual(before);
    await keeper.post(`/admin/products/${productId}/withdraw`);
    expect((await keeper.visit(`/products/${productId}`)).status).toBe(404);
    for (const { skuId } of skus) expect(await stockOf(skuId)).toMatchObject({ on_sale: 0 });
    expect((await told()).at(-1)?.value.onSale).toBe(false);
  });

  it("cannot be published without a SKU, and a SKU not without its product", async () => {
    const keeper = await merchant();
    const { productId } = await aProduct(keeper, 0);
    expect(await keeper.post(`/admin/products/${productId}/publish`)).toMatchObject({ status: 400 });
    const { skus } = await aProduct(keeper);
    const [sku] = skus;
    const body = { skuCode: sku?.skuCode, attributes: {}, priceCents: 5, priceVersion: 1, onSale: true };
    expect(await keeper.put(`/admin/skus/${sku?.skuId}`, body)).toMatchObject({ status: 400 });
    expect((await keeper.post("/admin/products/99/publish")).status).toBe(404);
  });

  it("tells each SKU when its name, category or brand changes, and nobody of a new description", async () => {
    const keeper = await merchant();
    const { productId, fields } = await aProduct(keeper, 2);
    await execute(test.db, "DELETE FROM outbox");
    const described = await keeper.put(`/admin/products/${productId}`, { ...fields, description: "bright\nand warm" });
    expect(described.body).toMatchObject({ description: "bright\nand warm", version: 4 });
    expect(await told()).toEqual([]);
    const name = unique("Renamed");
    await keeper.put(`/admin/products/${productId}`, { ...fields, name, description: "bright\nand warm" });
    expect((await told()).map(({ seq, value }) => [seq, value.productName])).toEqual([
      [2, name],
      [2, name],
    ]);
  });

  it("is not overwritten by who saw an older version, while the same change again is no conflict", async () => {
    const keeper = await merchant();
    const { productId, fields } = await aProduct(keeper, 0);
    const change = { ...fields, name: unique("mine"), version: 1 };
    const changed = await keeper.put(`/admin/products/${productId}`, change);
    expect(changed.body.version).toBe(2);
    expect((await keeper.put(`/admin/products/${productId}`, change)).body).toEqual(changed.body);
    const late = await keeper.put(`/admin/products/${productId}`, { ...fields, name: unique("theirs"), version: 1 });
    expect(late).toMatchObject({ status: 409, body: { code: "DOCUMENT_CONFLICT", version: 2 } });
  });

  it("with a code is added once, however many try at a time", async () => {
    const keeper = await merchant();
    const { fields } = await aProduct(keeper, 0);
    const body = { ...fields, productCode: unique("P") };
    const answers = await Promise.all(Array.from({ length: 20 }, () => keeper.post("/admin/products", body)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map((answer) => answer.body.productId)).size).toBe(1);
    expect((await keeper.post("/admin/products", { ...body, name: "x" })).body.code).toBe("DOCUMENT_CONFLICT");
  });

  it.each([
    ["an unknown field", { version: 9 }, "version"],
    ["an unknown category", { categoryId: "99" }, "categoryId"],
    ["no name", { name: " " }, "name"],
    ["a bell in the name", { name: "\u0007" }, "name"],
    ["a code that is a formula", { productCode: "=1" }, "productCode"],
    ["a currency that is none", { currency: "yuan" }, "currency"],
  ])("is refused with %s", async (_what, change, path) => {
    const keeper = await merchant();
    const { fields } = await aProduct(keeper, 0);
    const refused = await keeper.post("/admin/products", { ...fields, ...change });
    expect(refused).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED", errors: [{ path }] } });
  });
});

describe("a SKU", () => {
  const changeOf = (sku: Body, change: Body = {}) => ({
    skuCode: sku["skuCode"],
    attributes: sku["attributes"],
    priceCents: sku["priceCents"],
    priceVersion: 1,
    ...change,
  });

  it("gets the next price version with each other price, is told, and shown at once", async () => {
    const keeper = await merchant();
    const { productId, skus } = await aProduct(keeper, 2);
    await keeper.post(`/admin/products/${productId}/publish`);
    await keeper.visit(`/products/${productId}`);
    const [sku] = skus as [(typeof skus)[0]];
    const cheaper = await keeper.put(`/admin/skus/${sku.skuId}`, changeOf(sku, { priceCents: 900 }));
    expect(cheaper).toMatchObject({ status: 200, body: { priceCents: 900, priceVersion: 2, onSale: true } });
    const renamed = await keeper.put(
      `/admin/skus/${sku.skuId}`,
      changeOf(sku, { priceCents: 900, priceVersion: 2, attributes: {} }),
    );
    expect(renamed.body).toMatchObject({ priceVersion: 2, attributes: {} });
    expect((await told()).slice(-2).map(({ seq, value }) => [seq, value.priceCents, value.priceVersion])).toEqual([
      [3, 900, 2],
      [4, 900, 2],
    ]);
    const shown = (await keeper.visit(`/products/${productId}`)).body;
    expect(shown).toMatchObject({
      priceCents: 900,
      skus: [{ priceCents: 900, priceVersion: 2 }, { priceCents: 1_001 }],
    });
  });

  it("keeps its price when another one was set since it was seen; the same change again finds itself done", async () => {
    const keeper = await merchant();
    const { skus } = await aProduct(keeper);
    const [sku] = skus as [(typeof skus)[0]];
    const prices = Array.from({ length: 10 }, (_, at) => 2_000 + at);
    const answers = await Promise.all(
      prices.map((priceCents) => keeper.put(`/admin/skus/${sku.skuId}`, changeOf(sku, { priceCents }))),
    );
    const [won] = answers.filter(({ status }) => status === 200);
    const priceCents = won?.body.priceCents;
    const refused = answers.filter(({ status }) => status === 409).map(({ body }) => body);
    expect(refused).toHaveLength(9);
    for (const body of refused) expect(body).toMatchObject({ code: "PRICE_CHANGED", priceCents, priceVersion: 2 });
    const again = await keeper.put(`/admin/skus/${sku.skuId}`, changeOf(sku, { priceCents }));
    expect(again.body).toEqual(won?.body);
    expect(await told()).toHaveLength(2);
  });

  it("is one per code, in the whole shop and also when its code is changed", async () => {
    const keeper = await merchant();
    const { productId, skus } = await aProduct(keeper, 2);
    const [sku, other] = skus as [(typeof skus)[0], (typeof skus)[0]];
    const same = { productId, skuCode: sku.skuCode, attributes: sku.attributes, priceCents: sku.priceCents };
    expect((await keeper.post("/admin/skus", same)).body.skuId).toBe(sku.skuId);
    for (const change of [{ priceCents: 1 }, { productId: (await aProduct(keeper, 0)).productId }]) {
      expect((await keeper.post("/admin/skus", { ...same, ...change })).body.code).toBe("DOCUMENT_CONFLICT");
    }
    const before = await contents();
    const taken = await keeper.put(`/admin/skus/${other.skuId}`, changeOf(other, { skuCode: sku.skuCode }));
    expect(taken.body.code).toBe("DOCUMENT_CONFLICT");
    expect(await contents()).toEqual(before);
    const skuCode = unique("RECODED");
    expect((await keeper.put(`/admin/skus/${other.skuId}`, changeOf(other, { skuCode }))).body.skuCode).toBe(skuCode);
    const listed = (await keeper.get(`/admin/skus?productId=${productId}`)).body.items;
    expect(listed.map((item) => item.skuCode)).toEqual([sku.skuCode, skuCode]);
  });

  it("added by many at once under one code is one, with one stock", async () => {
    const keeper = await merchant();
    const { productId } = await aProduct(keeper, 0);
    const body = { productId, skuCode: unique("RACE"), attributes: {}, priceCents: 5, threshold: 4 };
    const answers = await Promise.all(Array.from({ length: 20 }, () => keeper.post("/admin/skus", body)));
    expect(new Set(answers.map((answer) => answer.body.skuId)).size).toBe(1);
    const skuId = answers[0]?.body.skuId ?? "";
    expect(await keeper.get(`/admin/stock/${skuId}`)).toMatchObject({
      body: { onHand: 0, available: 0, threshold: 4 },
    });
  });
});
