import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import { type ReactionHarness, createReactionHarness } from "#platform/testing/reaction-harness.ts";
import { type TestDatabase, openTestDatabase } from "#platform/testing/test-database.ts";
import { OrderPlaced } from "#schemas/event-types.ts";
import { catalogInventoryV1 } from "#topics/catalog.inventory.v1.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { anOrderPlaced, cancelled, paid, placed, stockUp } from "./stock-builders.ts";
import { stockReactions } from "./stock-reactions.ts";

let test: TestDatabase;
let harness: ReactionHarness;
let alerts: string[];
let saved: (readonly [string, number])[];
const topics = [ordersOrderV1, catalogStockV1, catalogInventoryV1];
// Beyond 2^53 and equal when rounded to a double, so that an id that became a number would be found out.
const sku = "9007199254740993";
const otherSku = "9007199254740992";
const order = "9007199254740995";
const lines = [{ skuId: sku, quantity: 2 }];

beforeAll(async () => {
  const directory = new URL("../migrations", import.meta.url).pathname;
  test = await openTestDatabase({ service: "catalog", directory });
});
afterAll(() => test.close());

beforeEach(async () => {
  for (const table of ["pms_stock", "pms_stock_sku", "pms_stock_lock", "pms_stock_lock_line", "pms_stock_record"])
    await execute(test.db, "DELETE FROM ??", [table]);
  for (const table of ["outbox", "parked_event", "consumer_offset"]) await execute(test.db, "DELETE FROM ??", [table]);
  alerts = [];
  saved = [];
  const sets = [
    stockReactions({ alert: (orderIds) => alerts.push(...orderIds), saved: (versions) => saved.push(...versions) }),
  ];
  harness = await createReactionHarness({ db: test.db, sets, topics, source: "/mall/catalog" });
  await stockUp(test.db, [{ skuId: sku }, { skuId: otherSku }]);
});

const told = async () => (await harness.emitted()).map(({ name, key, seq }) => `${name} ${key} ${seq}`);
async function level(skuId = sku): Promise<{ on_hand: number; locked: number } | undefined> {
  const [row] = await rows<{ on_hand: number; locked: number }>(
    test.db,
    "SELECT on_hand, locked FROM pms_stock WHERE sku_id = ?",
    [skuId],
  );
  return row && { on_hand: row.on_hand, locked: row.locked };
}
async function status(orderId = order): Promise<string | undefined> {
  const [row] = await rows<{ status: string }>(test.db, "SELECT status FROM pms_stock_lock WHERE order_id = ?", [
    orderId,
  ]);
  return row?.status;
}
const ledger = async () =>
  (await rows<{ kind: string }>(test.db, "SELECT kind FROM pms_stock_record ORDER BY id")).map(({ kind }) => kind);

interface Case {
  readonly name: string;
  readonly before: readonly Parameters<ReactionHarness["deliverBatch"]>[0][number][];
  readonly event: Parameters<ReactionHarness["deliverBatch"]>[0][number];
  readonly ends: { on_hand: number; locked: number };
  readonly status: string;
  readonly tells: string;
}

const reactions: readonly Case[] = [
  {
    name: "lock stock on OrderPlaced",
    before: [],
    event: placed(order, lines),
    ends: { on_hand: 10, locked: 2 },
    status: "LOCKED",
    tells: `StockLocked ${order} 1`,
  },
  {
    name: "deduct stock on OrderPaid",
    before: [placed(order, lines)],
    event: paid(order, lines),
    ends: { on_hand: 8, locked: 0 },
    status: "DEDUCTED",
    tells: `StockDeducted ${order} 2`,
  },
  {
    name: "release stock on OrderCancelled",
    before: [placed(order, lines)],
    event: cancelled(order),
    ends: { on_hand: 10, locked: 0 },
    status: "RELEASED",
    tells: `StockReleased ${order} 2`,
  },
];

describe.each(reactions)("$name", ({ before, event, ends, status: end, tells }) => {
  beforeEach(async () => {
    for (const earlier of before) await harness.deliverBatch([earlier]);
    await harness.drainOutbox();
  });

  it("moves the stock, keeps a ledger and answers", async () => {
    await harness.deliverBatch([event]);
    expect([await level(), await level(otherSku)]).toEqual([ends, { on_hand: 10, locked: 0 }]);
    expect([await status(), await told()]).toEqual([end, [tells]]);
    expect((await ledger()).length).toBe(before.length + 1);
  });

  it("changes and tells nothing when the event comes again, redelivered or sent twice", async () => {
    await harness.deliverBatch([event]);
    await harness.redeliver();
    await harness.repeat();
    await harness.deliverBatch([event, event]);
    expect([await level(), await status(), await told()]).toEqual([ends, end, [tells]]);
    expect((await ledger()).length).toBe(before.length + 1);
  });

  it("is not moved by an event that comes late", async () => {
    await harness.deliverBatch([event]);
    for (const earlier of before) await harness.deliverBatch([earlier]);
    await harness.deliverBatch([placed(order, [{ skuId: otherSku, quantity: 5 }])]);
    expect([await level(), await level(otherSku)]).toEqual([ends, { on_hand: 10, locked: 0 }]);
    expect((await told()).filter((text) => !text.startsWith(" "))).toEqual([tells]);
  });

  it.each(["before-commit", "after-commit"] as const)("loses and doubles nothing in a crash %s", async (point) => {
    harness.crashAt(point);
    await expect(harness.deliverBatch([event])).rejects.toThrow(point);
    await harness.redeliver();
    expect([await level(), await status(), await told()]).toEqual([ends, end, [tells]]);
  });
});

describe("an order of several SKUs", () => {
  it("locks nothing when one line is short and answers StockLockRejected with every short line", async () => {
    const wanted = [
      { skuId: sku, quantity: 2 },
      { skuId: otherSku, quantity: 11 },
      { skuId: "5", quantity: 1 },
    ];
    await harness.deliverBatch([placed(order, wanted)]);
    const [answer] = await harness.emitted();
    expect(answer).toMatchObject({
      name: "StockLockRejected",
      value: {
        shortages: [
          { skuId: otherSku, requested: 11, available: 10, reason: "SHORT" },
          { skuId: "5", requested: 1, available: 0, reason: "UNKNOWN" },
        ],
      },
    });
    expect([await level(), await level(otherSku)]).toEqual(Array(2).fill({ on_hand: 10, locked: 0 }));
    expect([await status(), await ledger()]).toEqual(["REJECTED", []]);
  });
});

describe("the end of an order before its lock", () => {
  it("leaves a tombstone, silently, on which the order locks nothing when it comes", async () => {
    await harness.deliverBatch([cancelled(order, 2)]);
    await harness.deliverBatch([placed(order, lines, 1)]);
    expect([await status(), await told(), await level()]).toEqual(["VOID", [], { on_hand: 10, locked: 0 }]);
  });
});

describe("a payment for what was released", () => {
  it("locks again and deducts while there is stock", async () => {
    await harness.deliverBatch([placed(order, lines), cancelled(order, 2), paid(order, lines, 3)]);
    expect([await status(), await level()]).toEqual(["DEDUCTED", { on_hand: 8, locked: 0 }]);
    expect(await ledger()).toEqual(["LOCK", "RELEASE", "RELOCK", "DEDUCT"]);
    expect(await told()).toEqual([`StockLocked ${order} 1`, `StockReleased ${order} 2`, `StockDeducted ${order} 3`]);
  });

  it("answers StockShortage when there is none, and the cancellation that follows changes nothing", async () => {
    await harness.deliverBatch([placed(order, lines), cancelled(order, 2), placed("7", [{ skuId: sku, quantity: 9 }])]);
    await harness.drainOutbox();
    await harness.deliverBatch([paid(order, lines, 3), cancelled(order, 4, "STOCK_SHORTAGE")]);
    expect([await status(), await level()]).toEqual(["RELEASED", { on_hand: 10, locked: 9 }]);
    expect(await told()).toEqual([`StockShortage ${order} 3`]);
  });
});

describe("a cancellation after the deduction", () => {
  it("restocks nothing and raises an alert", async () => {
    await harness.deliverBatch([placed(order, lines), paid(order, lines), cancelled(order, 4)]);
    expect([await status(), await level(), alerts]).toEqual(["DEDUCTED", { on_hand: 8, locked: 0 }, [order]]);
  });
});

describe("the threshold of an SKU", () => {
  it("is told once per crossing, under the SKU's own sequence", async () => {
    await execute(test.db, "UPDATE pms_stock_sku SET threshold = 8 WHERE sku_id = ?", [sku]);
    await harness.deliverBatch([placed(order, lines)]);
    await harness.deliverBatch([placed("7", lines)]);
    await harness.deliverBatch([cancelled(order), cancelled("7")]);
    const inventory = (await harness.emitted()).filter(({ topic }) => topic === catalogInventoryV1.name);
    expect(inventory.map(({ name, key, seq, value }) => [name, key, seq, value])).toEqual([
      ["StockRanLow", sku, 1, { skuId: sku, available: 8, threshold: 8 }],
      ["StockRecovered", sku, 2, { skuId: sku, available: 10, threshold: 8 }],
    ]);
  });
});

describe("an event that is not sound", () => {
  it("is parked with a dead letter and holds up no other order", async () => {
    await harness.deliverBatch([placed(order, [{ skuId: sku, quantity: 100 }]), placed("7", lines)]);
    await harness.deliver(ordersOrderV1, OrderPlaced, { key: "not-an-id", seq: 1, value: anOrderPlaced("8", lines) });
    expect([await status(), await status("7"), await level()]).toEqual([
      undefined,
      "LOCKED",
      { on_hand: 10, locked: 2 },
    ]);
    const parked = await rows<{ state: string }>(test.db, "SELECT state FROM parked_event");
    expect(parked.map(({ state }) => state)).toEqual(["poison", "poison"]);
    const letters = (await harness.emitted()).filter(({ topic }) => topic === "catalog-stock.dead-letter.v1");
    expect(letters.length).toBe(2);
  });
});

describe("what is free of a SKU", () => {
  it("is told with the version that its stock now has, of what changed and of nothing else", async () => {
    const versions = async () =>
      (await rows<{ sku_id: string; version: number }>(test.db, "SELECT sku_id, version FROM pms_stock")).map(
        ({ sku_id, version }) => [sku_id, version],
      );
    await harness.deliverBatch([placed(order, lines)]);
    expect(saved).toEqual([[sku, 1]]);
    expect(await versions()).toContainEqual([sku, 1]);
    await harness.redeliver();
    await harness.deliverBatch([paid(order, lines)]);
    expect(saved).toEqual([
      [sku, 1],
      [sku, 2],
    ]);
    expect(await versions()).toContainEqual([sku, 2]);
  });
});
