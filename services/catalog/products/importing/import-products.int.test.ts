import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute, inTransaction, rows } from "#platform/database/database.ts";
import { anApp } from "#platform/testing/an-app.ts";
import { type TestDatabase, openTestDatabase } from "#platform/testing/test-database.ts";
import { type CatalogueUnderTest, openCatalogue } from "../../catalogue-builder.ts";
import { saveBrand, saveCategories } from "../catalogue-store.ts";
import { importProducts, type LineReport } from "./import-products.ts";
import { importRoutes } from "./import-routes.ts";

let test: TestDatabase;
let shop: CatalogueUnderTest;
let other: CatalogueUnderTest;
const cause = { correlationId: "c", causationId: "r", traceparent: "" };
const HEADER = "product_code,product_name,category,brand,sku_code,price_cents,stock,threshold,attribute:size";

beforeAll(async () => {
  test = await openTestDatabase({
    service: "catalog",
    directory: new URL("../../migrations", import.meta.url).pathname,
  });
  [shop, other] = [openCatalogue(test.connect()), openCatalogue(test.connect())];
  await inTransaction(test.db, async (trx) => {
    await saveCategories(trx, [
      { categoryId: "1", parentId: null, name: "Home", level: 1, sort: 0 },
      { categoryId: "2", parentId: "1", name: "Kitchen", level: 2, sort: 0 },
    ]);
    await saveBrand(trx, { brandId: "7", name: "Acme", sort: 0 });
  });
});
afterAll(() => test.close());
beforeEach(async () => {
  const tables = ["pms_product", "pms_spu", "pms_sku", "pms_stock", "pms_stock_sku", "pms_stock_record", "outbox"];
  for (const table of tables) await execute(test.db, "DELETE FROM ??", [table]);
});

interface Row {
  product?: string;
  name?: string;
  category?: string;
  brand?: string;
  sku: string;
  price?: number | string;
  stock?: number;
  size?: string;
}
const row = ({
  product = "P1",
  name = "Pan",
  category = "Home / Kitchen",
  brand = "Acme",
  sku,
  price = 100,
  stock = 0,
  size = "",
}: Row) => [product, name, category, brand, sku, price, stock, 3, size].join(",");
const fileOf = (rowsOf: readonly Row[]) => [HEADER, ...rowsOf.map(row)].join("\r\n");
async function take(text: string, by = shop): Promise<LineReport[]> {
  const reports: LineReport[] = [];
  for await (const batch of importProducts(by, text, cause)) reports.push(...batch);
  return reports;
}
const results = async (text: string) => (await take(text)).map(({ result }) => result);
const contents = async () =>
  Promise.all(
    ["pms_product", "pms_spu", "pms_sku", "pms_stock", "pms_stock_record", "outbox", "pms_catalogue"].map((table) =>
      test.db(table),
    ),
  );
const told = async () =>
  rows<{ topic: string; events: number }>(
    test.db,
    "SELECT topic, COUNT(*) AS events FROM outbox GROUP BY topic ORDER BY topic",
  );

describe("importing products", () => {
  const file = [
    { sku: "S1", price: 300, stock: 10, size: "s" },
    { sku: "S2", price: 200, size: "m" },
    { product: "P2", name: "Pot", category: "2", brand: "7", sku: "S3" },
  ];

  it("adds products with their SKUs, stock and events, off sale", async () => {
    expect(await take(fileOf(file))).toEqual([2, 3, 4].map((line) => ({ line, result: "created", reason: null })));
    const products = await test.db("pms_product").orderBy("product_code");
    expect(
      products.map(({ product_code, price_cents, on_sale, version }) => [
        product_code,
        Number(price_cents),
        on_sale,
        version,
      ]),
    ).toEqual([
      ["P1", 200, 0, 1],
      ["P2", 100, 0, 1],
    ]);
    expect((await told()).map(({ topic, events }) => [topic, Number(events)])).toEqual([
      ["catalog.inventory.v1", 1],
      ["catalog.sku.v1", 3],
    ]);
    const [stock] = await test.db("pms_stock").where("on_hand", ">", 0);
    expect(stock).toMatchObject({ on_hand: 10, locked: 0, on_sale: 0 });
  });

  it("changes nothing the second time, and says so", async () => {
    await take(fileOf(file));
    const before = await contents();
    expect(await results(fileOf(file))).toEqual(["unchanged", "unchanged", "unchanged"]);
    expect(await contents()).toEqual(before);
  });

  it("changes what is said otherwise: the price with its version, the product with all of its SKUs told", async () => {
    await take(fileOf(file));
    await execute(test.db, "DELETE FROM outbox");
    const changed = [{ ...file[0]!, price: 310 }, file[1]!, { ...file[2]!, name: "Big pot" }];
    expect(await results(fileOf(changed))).toEqual(["updated", "unchanged", "updated"]);
    const skus = await test.db("pms_sku").orderBy("sku_code");
    expect(skus.map(({ price_version, seq }) => [price_version, seq])).toEqual([
      [2, 2],
      [1, 1],
      [1, 2],
    ]);
    expect((await told()).map(({ events }) => Number(events))).toEqual([2]);
    expect(await results(fileOf(changed))).toEqual(["unchanged", "unchanged", "unchanged"]);
  });

  it("puts a new SKU of a product on sale if that is, with its stock", async () => {
    await take(fileOf(file.slice(0, 1)));
    await execute(test.db, "UPDATE pms_product SET on_sale = 1");
    await take(fileOf(file.slice(0, 2)));
    const skus = await test
      .db("pms_sku")
      .join("pms_stock", "pms_stock.sku_id", "pms_sku.sku_id")
      .where("sku_code", "S2");
    expect(skus).toMatchObject([{ on_sale: 1 }]);
  });

  it("refuses lines with a reason and keeps the others, the same way each time", async () => {
    const bad = [
      { sku: "S1" },
      { sku: "S1", price: 5 },
      { sku: "S2", category: "Home / Garage" },
      { sku: "S3", brand: "Nobody" },
      { sku: "S4", name: "Wok" },
      { product: "P2", sku: "S5", price: "dear" },
      { product: "P2", name: "Pot", sku: "S6" },
    ];
    const reasons = [
      null,
      "sku_code: is on line 2 already",
      "category: is not known",
      "brand: is not known",
      "says otherwise about the product than line 2",
      "price_cents: must be a whole number",
      null,
    ];
    for (const result of ["created", "unchanged"]) {
      const reports = await take(fileOf(bad));
      expect(reports.map(({ reason }) => reason)).toEqual(reasons);
      expect(reports.filter((report) => report.result === result).map(({ line }) => line)).toEqual([2, 8]);
    }
    const [moved] = await take(fileOf([{ product: "P2", name: "Pot", sku: "S1" }]));
    expect(moved).toEqual({ line: 2, result: "refused", reason: "sku_code: belongs to another product" });
    const tooMany = Array.from({ length: 101 }, (_, at) => ({ product: "P3", sku: `T${at}` }));
    expect((await take(fileOf(tooMany))).at(-1)?.reason).toBe("the product has 100 SKUs already");
  });

  it("of a large file by two merchants at once adds each SKU once", async () => {
    const large = Array.from({ length: 1_000 }, (_, at) => ({ product: `P${at >> 2}`, sku: `S${at}`, stock: at % 3 }));
    const started = performance.now();
    const [one, two] = await Promise.all([take(fileOf(large)), take(fileOf(large), other)]);
    const tookMs = Math.round(performance.now() - started);
    const created = [...one, ...two].filter(({ result }) => result === "created").length;
    expect(created, `took ${tookMs} ms`).toBe(1_000);
    expect(await test.db("pms_sku").where("seq", 1)).toHaveLength(1_000);
    expect(await test.db("pms_product").count({ count: "*" })).toMatchObject([{ count: "250" }]);
    expect(await results(fileOf(large))).toEqual(large.map(() => "unchanged"));
  });

  it("stops when the outbox is full, and does the rest when repeated", async () => {
    const text = fileOf(Array.from({ length: 300 }, (_, at) => ({ product: `P${at}`, sku: `S${at}` })));
    await expect(take(text, { ...shop, hasRoom: () => false })).rejects.toMatchObject({
      code: "OUTBOX_FULL",
      status: 503,
    });
    let asked = 0;
    const filling = { ...shop, hasRoom: () => (asked += 1) < 3 };
    const reports = await take(text, filling);
    expect(reports.map(({ result }) => result)).toEqual([...Array(200).fill("created"), ...Array(100).fill("refused")]);
    expect(reports.at(-1)).toMatchObject({ line: 301, reason: expect.stringContaining("send the file again") });
    expect(await results(text)).toEqual([...Array(200).fill("unchanged"), ...Array(100).fill("created")]);
  });

  it("stops when nobody waits for the report any more", async () => {
    const text = fileOf(Array.from({ length: 600 }, (_, at) => ({ product: `P${at}`, sku: `S${at}` })));
    for await (const batch of importProducts(shop, text, cause)) {
      expect(batch).toHaveLength(200);
      break;
    }
    expect(await test.db("pms_sku")).toHaveLength(200);
  });

  it("is a route for text/csv in UTF-8 up to 5 MB", async () => {
    const { call } = await anApp([...importRoutes(shop)]);
    const send = (body: string | Buffer, type = "text/csv; charset=utf-8", roles = ["merchant"]) =>
      call("POST", "/admin/products/import", { as: { roles }, body, headers: { "content-type": type } });
    const taken = await send(fileOf(file));
    expect([taken.status, taken.body]).toEqual([
      200,
      file.map((_, at) => ({ line: at + 2, result: "created", reason: null })),
    ]);
    expect((await send(fileOf(file), "application/json")).status).toBe(415);
    expect((await send(Buffer.from([0xff, 0xfe]))).status).toBe(415);
    expect((await send("x".repeat(5 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await send("nonsense")).body).toMatchObject({
      code: "VALIDATION_FAILED",
      errors: [{ path: "header" }, {}, {}, {}, {}, {}, {}],
    });
    expect((await send(fileOf(file), "text/csv", ["shopper"])).status).toBe(403);
  });
});
