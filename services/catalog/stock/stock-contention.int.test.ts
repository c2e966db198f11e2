import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import { type ReactionHarness, createReactionHarness } from "#platform/testing/reaction-harness.ts";
import { type TestDatabase, openTestDatabase } from "#platform/testing/test-database.ts";
import { partitionOf } from "#platform/kafka/partition-of.ts";
import { catalogInventoryV1 } from "#topics/catalog.inventory.v1.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { placed, stockUp } from "./stock-builders.ts";
import { stockReactions } from "./stock-reactions.ts";

let test: TestDatabase;
const topics = [ordersOrderV1, catalogStockV1, catalogInventoryV1];
let deadlocks = 0;
let nextOrder = 4_000_000_000_000n;

beforeAll(async () => {
  test = await openTestDatabase({ service: "catalog", directory: new URL("../migrations", import.meta.url).pathname });
});
afterAll(() => test.close());
beforeEach(async () => {
  await execute(test.db, "DELETE FROM pms_stock");
  await execute(test.db, "DELETE FROM pms_stock_sku");
  deadlocks = 0;
});

/** A process that owns some of the partitions. */
function consumer(): Promise<ReactionHarness> {
  const sets = [stockReactions({ alert: () => undefined, saved: () => undefined })];
  const db = test.connect();
  // The transaction is repeated after a deadlock, so that only the failed statement tells of it.
  db.on("query-error", (error: { errno?: number }) => {
    if (error.errno === 1213) deadlocks += 1;
  });
  return createReactionHarness({ db, sets, topics, source: "/mall/catalog" });
}

/** Orders that fall into the partitions of one of two consumers. */
function ordersOf(owner: 0 | 1, lines: readonly { skuId: string; quantity: number }[], count: number) {
  const orders = [];
  while (orders.length < count) {
    const orderId = String(nextOrder++);
    if (partitionOf(orderId, ordersOrderV1.partitions) % 2 === owner) orders.push(placed(orderId, lines));
  }
  return orders;
}

async function totals(skuId: string): Promise<{ locked: number; lines: number; ledger: number }> {
  const [row] = await rows<Record<"locked" | "lines" | "ledger", string>>(
    test.db,
    `SELECT locked, (SELECT COALESCE(SUM(l.qty), 0) FROM pms_stock_lock_line l JOIN pms_stock_lock o USING (order_id)
         WHERE l.sku_id = s.sku_id AND o.status = 'LOCKED') AS \`lines\`,
       (SELECT COALESCE(SUM(d_locked), 0) FROM pms_stock_record r WHERE r.sku_id = s.sku_id) AS ledger
     FROM pms_stock s WHERE sku_id = ?`,
    [skuId],
  );
  return { locked: Number(row?.locked), lines: Number(row?.lines), ledger: Number(row?.ledger) };
}

const answers = async (name: string, keys: ReadonlySet<string>, harness: ReactionHarness) =>
  (await harness.emitted()).filter((event) => event.name === name && keys.has(event.key)).length;

describe("one SKU that everybody wants", () => {
  it("is locked exactly as often as it is there by a batch of 1,000 orders, and all get an answer", async () => {
    await stockUp(test.db, [{ skuId: "11", onHand: 700 }]);
    const harness = await consumer();
    const orders = [0, 1].flatMap((owner) => ordersOf(owner as 0 | 1, [{ skuId: "11", quantity: 1 }], 500));
    const keys = new Set(orders.map(({ key }) => key));
    await harness.deliverBatch(orders);
    expect(await totals("11")).toEqual({ locked: 700, lines: 700, ledger: 700 });
    expect([await answers("StockLocked", keys, harness), await answers("StockLockRejected", keys, harness)]).toEqual([
      700, 300,
    ]);
  });

  it("is never sold twice by two consumers at a time", async () => {
    await stockUp(test.db, [{ skuId: "12", onHand: 250 }]);
    const consumers = [await consumer(), await consumer()] as const;
    const line = [{ skuId: "12", quantity: 1 }];
    await Promise.all(
      consumers.map(async (harness, owner) => {
        for (let round = 0; round < 10; round += 1) await harness.deliverBatch(ordersOf(owner as 0 | 1, line, 20));
      }),
    );
    expect(await totals("12")).toEqual({ locked: 250, lines: 250, ledger: 250 });
  });
});

describe("orders of several SKUs", () => {
  it("meet in opposite order in two consumers without a deadlock", async () => {
    const skuIds = ["21", "22", "23", "9007199254740993"];
    await stockUp(
      test.db,
      skuIds.map((skuId) => ({ skuId, onHand: 1_000 })),
    );
    const consumers = [await consumer(), await consumer()] as const;
    await Promise.all(
      consumers.map(async (harness, owner) => {
        const lines = (owner === 0 ? skuIds : skuIds.toReversed()).map((skuId) => ({ skuId, quantity: 1 }));
        for (let round = 0; round < 20; round += 1) await harness.deliverBatch(ordersOf(owner as 0 | 1, lines, 10));
      }),
    );
    for (const skuId of skuIds) expect(await totals(skuId)).toEqual({ locked: 400, lines: 400, ledger: 400 });
    expect(deadlocks).toBe(0);
  });

  it("hold all of their lines or none when the stock runs out among them", async () => {
    await stockUp(test.db, [
      { skuId: "31", onHand: 100 },
      { skuId: "32", onHand: 10 },
    ]);
    const harness = await consumer();
    const lines = ["31", "32"].map((skuId) => ({ skuId, quantity: 1 }));
    await harness.deliverBatch([...ordersOf(0, lines, 30), ...ordersOf(1, lines, 30)]);
    expect([await totals("31"), await totals("32")]).toEqual(Array(2).fill({ locked: 10, lines: 10, ledger: 10 }));
  });
});
