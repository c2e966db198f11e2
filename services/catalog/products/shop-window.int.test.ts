import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "#platform/testing/eventually.ts";
import { stackUnderTest } from "#platform/testing/stack-under-test.ts";
import { type TestDatabase, openTestDatabase } from "#platform/testing/test-database.ts";
import { type CatalogueUnderTest, openCatalogue } from "../catalogue-builder.ts";
import { seedCatalogue } from "../seed-catalogue.ts";
import { receiveStock } from "../stock/receive-stock.ts";
import { demoCatalogue } from "./demo-catalogue.ts";
import { addCategory } from "./keeping/keep-categories.ts";
import { setOnSale } from "./keeping/keep-products.ts";
import { changeSku } from "./keeping/keep-skus.ts";
import { readSku } from "./keeping/shelf-store.ts";
import { createProbe, type Probe } from "./staleness-builder.ts";

const FRESH_MS = 2_000;
const cause = { correlationId: "c", causationId: "r", traceparent: "" };
const demo = demoCatalogue();
const service = `test-${randomBytes(4).toString("hex")}`;
const opened: { shop: CatalogueUnderTest; redis: Redis }[] = [];
let test: TestDatabase;

beforeAll(async () => {
  test = await openTestDatabase({ service: "catalog", directory: new URL("../migrations", import.meta.url).pathname });
  await seedCatalogue(openCatalogue(test.connect()), demo, cause);
});
afterAll(() => test.close());
afterEach(() => {
  for (const { shop, redis } of opened.splice(0)) {
    shop.stop();
    redis.disconnect();
  }
});

/** One more instance of the service, on the same database and the same Redis (or none). */
async function anInstance({
  isAway = false,
  lag = async (): Promise<void> => undefined,
} = {}): Promise<CatalogueUnderTest> {
  const failFast = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 500 };
  const where = isAway ? { port: 1, retryStrategy: () => 1_000 } : {};
  const redis = new Redis({ ...stackUnderTest().redis, ...failFast, ...where });
  redis.on("error", () => undefined);
  const shop = openCatalogue(test.connect(), { redis, service, lag }, { freshMs: FRESH_MS, sharedMs: 10_000 });
  opened.push({ shop, redis });
  const listeners = async () => Number((await redis.pubsub("NUMSUB", `cache:${service}`))[1]);
  if (!isAway) await eventually(async () => redis.status === "ready" && (await listeners()) === opened.length);
  return shop;
}

const product = (at: number) => demo.products[at] as (typeof demo.products)[0];
const shownOf = async (shop: CatalogueUnderTest, productId: string) =>
  JSON.parse((await shop.window.product(productId))?.text ?? "null") as {
    skus: { skuId: string; priceCents: number; priceVersion: number; available: number }[];
  } | null;

/** Sets another price; the new price version, and when it was committed. */
async function reprice(shop: CatalogueUnderTest, skuId: string): Promise<{ version: number; at: number }> {
  const sku = await readSku(shop.db, skuId);
  if (!sku) throw new Error("no such SKU");
  const { skuCode, attributes, priceVersion } = sku;
  let at = Number.NaN;
  const changed: CatalogueUnderTest["window"]["changed"] = (change) => {
    at = performance.now();
    return shop.window.changed(change);
  };
  const wanted = { skuId, skuCode, attributes, priceVersion, priceCents: sku.priceCents + 1, onSale: undefined };
  const outcome = await changeSku({ ...shop, window: { changed } }, wanted, cause);
  if ("refused" in outcome) throw new Error(outcome.refused);
  return { version: outcome.priceVersion, at };
}

/** Two writers and eight readers on two instances for a while; what the readers saw too late. */
async function underLoad(
  writers: readonly CatalogueUnderTest[],
  readers: readonly CatalogueUnderTest[],
  forMs: number,
): Promise<Probe> {
  const skus = [0, 1].map((at) => product(at).skus[0] as { skuId: string });
  const probe = createProbe();
  const until = performance.now() + forMs;
  const write = async (shop: CatalogueUnderTest, at: number): Promise<void> => {
    const { skuId } = skus[at] as { skuId: string };
    while (performance.now() < until) {
      const { version, at: time } = await reprice(shop, skuId);
      probe.committed(skuId, version, time);
      // Bursts, in which answers overtake each other, and rests, in which what won by mistake would be seen.
      if (version % 5 === 0) await delay(700);
    }
  };
  const read = async (shop: CatalogueUnderTest, reader: number): Promise<void> => {
    const at = reader % 2;
    while (performance.now() < until) {
      const started = performance.now();
      const sku = (await shownOf(shop, product(at).productId))?.skus[0];
      probe.seen({
        key: skus[at]?.skuId ?? "",
        version: sku?.priceVersion ?? 0,
        started,
        reader: `${readers.indexOf(shop)}`,
      });
      await delay(1);
    }
  };
  const crowd = readers.flatMap((shop) => [0, 1, 2, 3].map((reader) => read(shop, reader)));
  await Promise.all([...writers.map(write), ...crowd]);
  return probe;
}

describe("what shoppers are shown", () => {
  it("is the new state at once where it was changed, and within 400 ms elsewhere, under concurrent changes", async () => {
    const lag = () => delay(Math.random() * 40);
    const [one, two] = [await anInstance({ lag }), await anInstance({ lag })];
    const probe = await underLoad([one, two], [one, two], 4_000);
    const { reads, commits, worstMs, p99Ms, stepsBack } = probe.summary();
    process.stdout.write(
      `staleness over ${reads} reads and ${commits} changes: worst ${worstMs} ms, p99 ${p99Ms} ms\n`,
    );
    expect(commits).toBeGreaterThan(30);
    expect(reads).toBeGreaterThan(500);
    expect(stepsBack).toEqual([]);
    expect(worstMs).toBeLessThan(400);
  });

  it("is never older than its freshness when no instance hears of the other's changes", async () => {
    const [one, two] = [await anInstance({ isAway: true }), await anInstance({ isAway: true })];
    const { reads, worstMs, stepsBack } = (await underLoad([one, one], [two], 5_000)).summary();
    process.stdout.write(`staleness without Redis over ${reads} reads: worst ${worstMs} ms\n`);
    expect(stepsBack).toEqual([]);
    expect(worstMs).toBeLessThan(FRESH_MS + 250);
    expect(worstMs).toBeGreaterThan(250);
  });

  it("follows what is free of an SKU: at once here, within a second elsewhere", async () => {
    const [one, two] = [await anInstance(), await anInstance()];
    const { productId, skus } = product(3);
    const skuId = skus[0]?.skuId ?? "";
    const free = async (shop: CatalogueUnderTest) => (await shownOf(shop, productId))?.skus[0]?.available;
    const before = (await free(one)) ?? 0;
    expect(await free(two)).toBe(before);
    await receiveStock(one, { skuId, documentId: "D1", quantity: 5 }, cause);
    expect(await free(one)).toBe(before + 5);
    const started = performance.now();
    await eventually(async () => (await free(two)) === before + 5, { withinMs: 1_000 });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it("in lists, brands and the tree is new with the catalogue, in every instance", async () => {
    const [one, two] = [await anInstance(), await anInstance()];
    const { productId } = product(4);
    const newest = async (shop: CatalogueUnderTest) =>
      (await shop.window.products({ sort: "newest", limit: 100 })).text;
    const tree = async (shop: CatalogueUnderTest) => (await shop.window.categories()).text;
    const last = demo.products.at(-1)?.productId ?? "";
    for (const shop of [one, two]) expect([await newest(shop), await tree(shop)].join("")).toContain(last);
    await setOnSale(one, { productId: last, onSale: false }, cause);
    await addCategory(one, { name: "Brand-new", parentId: null, sort: 0 });
    expect(await newest(one)).not.toContain(`"${last}"`);
    expect(await tree(one)).toContain("Brand-new");
    await eventually(async () => !(await newest(two)).includes(`"${last}"`), { withinMs: 500 });
    await eventually(async () => (await tree(two)).includes("Brand-new"), { withinMs: 500 });
    expect(await shownOf(one, productId)).not.toBeNull();
    await setOnSale(one, { productId: last, onSale: true }, cause);
  });

  it("has one entity tag for one content in every instance, and another as soon as anything in it changes", async () => {
    const [one, two] = [await anInstance(), await anInstance()];
    const { productId, skus } = product(5);
    const tag = async (shop: CatalogueUnderTest) => (await shop.window.product(productId))?.etag;
    const first = await tag(one);
    expect(await tag(two)).toBe(first);
    await receiveStock(one, { skuId: skus[0]?.skuId ?? "", documentId: "D2", quantity: 1 }, cause);
    const second = await tag(one);
    await reprice(one, skus[0]?.skuId ?? "");
    expect(new Set([first, second, await tag(one)]).size).toBe(3);
  });

  it("costs the database two reads however many ask, and none while it is fresh", async () => {
    const shop = await anInstance();
    let reads = 0;
    const { pool } = shop.db.client as { pool: { on(event: string, listener: () => void): void } };
    pool.on("acquireSuccess", () => (reads += 1));
    const { productId } = product(6);
    for (const expected of [2, 2]) {
      await Promise.all(Array.from({ length: 1_000 }, () => shop.window.product(productId)));
      expect(reads).toBe(expected);
    }
  });
});

describe("the probe", () => {
  it("finds a value that stayed too long, and one that went back", () => {
    const probe = createProbe();
    probe.committed("k", 2, 1_000);
    probe.seen({ key: "k", version: 1, started: 1_400, reader: "a" });
    probe.seen({ key: "k", version: 2, started: 1_500, reader: "a" });
    probe.seen({ key: "k", version: 1, started: 1_600, reader: "a" });
    expect(probe.summary()).toMatchObject({ worstMs: 600, stepsBack: ["a: k 1 after 2"] });
  });
});
