import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rows } from "#platform/database/database.ts";
import type { Route } from "#platform/http/route.ts";
import { type ReactionHarness, createReactionHarness } from "#platform/testing/reaction-harness.ts";
import { type TestDatabase, openTestDatabase } from "#platform/testing/test-database.ts";
import { catalogInventoryV1 } from "#topics/catalog.inventory.v1.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { adjustStock } from "./adjust-stock.ts";
import { receiveStock } from "./receive-stock.ts";
import { stockRoutes } from "./routes.ts";
import { setThreshold } from "./set-threshold.ts";
import { placed, stockUp } from "./stock-builders.ts";
import type { StockKeeping } from "./stock-keeping.ts";
import { stockReactions } from "./stock-reactions.ts";

let test: TestDatabase;
let harness: ReactionHarness;
let deps: StockKeeping;
let nextSku = 100;
let skuId: string;
const cause = { correlationId: "c", causationId: "r", traceparent: "" };

beforeAll(async () => {
  test = await openTestDatabase({ service: "catalog", directory: new URL("../migrations", import.meta.url).pathname });
  const topics = [ordersOrderV1, catalogStockV1, catalogInventoryV1];
  const sets = [stockReactions({ alert: () => undefined, saved: () => undefined })];
  harness = await createReactionHarness({ db: test.db, sets, topics, source: "/mall/catalog" });
  deps = { db: test.db, outbox: harness.outbox, poke: () => undefined, stockChanged: () => undefined };
});
afterAll(() => test.close());
beforeEach(async () => {
  skuId = String(nextSku++);
  await stockUp(test.db, [{ skuId, onHand: 10, threshold: 3 }]);
  await harness.drainOutbox();
});

const receive = (documentId: string, quantity: number) => receiveStock(deps, { skuId, documentId, quantity }, cause);
const adjust = (documentId: string, delta: number, reason = "count") =>
  adjustStock(deps, { skuId, documentId, delta, reason }, cause);
const hold = (quantity: number) => harness.deliverBatch([placed(String(nextSku++ + 9_000_000), [{ skuId, quantity }])]);
const told = async () =>
  (await harness.emitted())
    .filter(({ key }) => key === skuId)
    .map(({ name, seq, value }) => ({ name, seq, ...(value as object) }));

describe("a receipt", () => {
  it("adds its units, once however often it is sent, and is told", async () => {
    const first = await receive("D1", 5);
    expect(first).toEqual({ skuId, onHand: 15, locked: 0, available: 15, threshold: 3 });
    await hold(4);
    await receive("D2", 1);
    expect(await receive("D1", 5)).toEqual(first);
    expect(await told()).toEqual([
      { name: "StockReceived", seq: 1, skuId, documentId: "D1", quantity: 5, onHand: 15, locked: 0 },
      { name: "StockReceived", seq: 2, skuId, documentId: "D2", quantity: 1, onHand: 16, locked: 4 },
    ]);
  });

  it("is refused when the document says something else than before", async () => {
    await receive("D1", 5);
    expect(await receive("D1", 6)).toEqual({ refused: "DOCUMENT_CONFLICT" });
    expect(await adjust("D1", 5)).toEqual({ refused: "DOCUMENT_CONFLICT" });
  });

  it("counts once when the same document comes a hundred times at once", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => receive("D1", 5)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await told()).length).toBe(1);
  });

  it("adds up with ninety-nine others at once and the orders in between", async () => {
    const receipts = Array.from({ length: 100 }, (_, at) => receive(`D${at}`, 1));
    await Promise.all([
      ...receipts,
      (async () => {
        for (let count = 0; count < 10; count += 1) await hold(1);
      })(),
    ]);
    expect(await receive("last", 1)).toMatchObject({ onHand: 111, locked: 10 });
    expect((await told()).map(({ seq }) => seq)).toEqual(Array.from({ length: 101 }, (_, at) => at + 1));
  });

  it("is not found for an unknown SKU", async () => {
    skuId = "999999";
    expect(await receive("D1", 5)).toMatchObject({ refused: "NOT_FOUND", status: 404 });
  });
});

describe("an adjustment", () => {
  it("takes away what a count missed, with its reason", async () => {
    expect(await adjust("A1", -4, "breakage")).toMatchObject({ onHand: 6, available: 6 });
    expect(await told()).toEqual([
      { name: "StockAdjusted", seq: 1, skuId, documentId: "A1", delta: -4, reason: "breakage", onHand: 6, locked: 0 },
    ]);
    expect(await adjust("A1", -4, "theft")).toEqual({ refused: "DOCUMENT_CONFLICT" });
  });

  it("never goes below what orders hold", async () => {
    await hold(6);
    expect(await adjust("A1", -5)).toMatchObject({ refused: "STOCK_HELD_BY_ORDERS" });
    expect(await adjust("A1", -4)).toMatchObject({ onHand: 6, locked: 6, available: 0 });
  });
});

describe("the threshold", () => {
  it("is told when stock, or the threshold itself, crosses it", async () => {
    await adjust("A1", -7);
    await receive("D1", 1);
    await setThreshold(deps, { skuId, threshold: 4 }, cause);
    await setThreshold(deps, { skuId, threshold: 4 }, cause);
    expect((await told()).map(({ name }) => name)).toEqual([
      "StockAdjusted",
      "StockRanLow",
      "StockReceived",
      "StockRecovered",
      "StockRanLow",
    ]);
  });
});

describe("the merchant's routes", () => {
  const call = (method: Route["method"], path: string, request: object) => {
    const found = stockRoutes(deps).find(
      (route) => route.method === method && route.path === `/admin/stock/{skuId}${path}`,
    );
    return found?.handle({ params: { skuId }, cause, ...request } as never);
  };

  it("show the stock and its ledger, newest first, page by page", async () => {
    await hold(2);
    await receive("D1", 5);
    await adjust("A1", -1, "breakage");
    const stock = { skuId, onHand: 14, locked: 2, available: 12, threshold: 3 };
    expect(await call("GET", "", {})).toEqual({ status: 200, body: stock });
    const first = (await call("GET", "/records", { query: { limit: 2 } })) as never as { body: Page };
    const second = (await call("GET", "/records", {
      query: { limit: 2, cursor: first.body.nextCursor },
    })) as typeof first;
    expect(first.body.items).toMatchObject([
      { kind: "ADJUST", documentId: "A1", orderId: null, onHandDelta: -1, lockedDelta: 0, reason: "breakage" },
      { kind: "INBOUND", documentId: "D1", onHandDelta: 5, reason: null },
    ]);
    expect(second.body).toMatchObject({
      items: [{ kind: "LOCK", documentId: null, lockedDelta: 2 }],
      nextCursor: null,
    });
    await expect(call("GET", "/records", { query: { limit: 2, cursor: "bm8" } })).rejects.toThrow("cursor");
  });

  it("answer as the API says", () => {
    const shapes = stockRoutes(deps).map(({ method, path, access, answers }) => [
      method,
      path,
      access,
      Object.keys(answers),
    ]);
    expect(shapes).toEqual([
      ["GET", "/admin/stock/{skuId}", "merchant", ["200"]],
      ["GET", "/admin/stock/{skuId}/records", "merchant", ["200"]],
      ["POST", "/admin/stock/{skuId}/receipts", "merchant", ["201"]],
      ["POST", "/admin/stock/{skuId}/adjustments", "merchant", ["201"]],
      ["PUT", "/admin/stock/{skuId}/threshold", "merchant", ["200"]],
    ]);
  });
});

interface Page {
  readonly items: readonly object[];
  readonly nextCursor: string | null;
}

it("keeps stock, ledger and sequence of every SKU in step", async () => {
  const broken = await rows(
    test.db,
    `SELECT s.sku_id FROM pms_stock s JOIN pms_stock_sku k USING (sku_id)
     WHERE s.on_hand <> 10 + (SELECT COALESCE(SUM(d_on_hand), 0) FROM pms_stock_record r WHERE r.sku_id = s.sku_id)
        OR s.locked <> (SELECT COALESCE(SUM(d_locked), 0) FROM pms_stock_record r WHERE r.sku_id = s.sku_id)
        OR k.low <> (s.on_hand - s.locked <= k.threshold)`,
  );
  expect(broken).toEqual([]);
});
