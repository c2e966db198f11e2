import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import { openTestOrders, type Reply, type TestOrders } from "../app-builder.ts";
import { clearAddress } from "../order-builders.ts";
import { findingStatement } from "../search-store.ts";
import { type KeptOrderJson, keptOrderSchema } from "./kept-order-json.ts";

let orders: TestOrders;
beforeAll(async () => {
  orders = await openTestOrders();
});
afterAll(() => orders.close());

const asMerchant = (method: string, path: string, body?: object): Promise<Reply> =>
  orders.call(method, path, { sub: "900", role: "merchant", ...(body ? { body } : {}) });
const kept = async (orderId: string): Promise<KeptOrderJson> =>
  keptOrderSchema.parse((await asMerchant("GET", `/admin/orders/${orderId}`)).body);
const list = async (query: string) => {
  const { status, body } = await asMerchant("GET", `/admin/orders?${query}`);
  expect(status).toBe(200);
  const items = (body["items"] as unknown[]).map((item) => keptOrderSchema.parse(item));
  return { items, ids: items.map(({ orderId }) => orderId), nextCursor: body["nextCursor"] as string | null };
};
const ship = (orderId: string, trackingNumber: string): Promise<Reply> =>
  asMerchant("POST", `/admin/orders/${orderId}/shipment`, { carrier: "SF", trackingNumber });
const set = (orderId: string, column: "remark" | "placed_at" | "status", value: unknown): Promise<number> =>
  execute(orders.shop.database.db, "UPDATE oms_order SET ?? = ? WHERE order_id = ?", [column, value, orderId]);

describe("what the merchant sees of an order", () => {
  it("is the address in clear only while the order is to be shipped", async () => {
    const orderId = await orders.placed();
    const masked = { receiver: "王**", phone: "138****1234", street: "Wensan****" };
    expect((await kept(orderId)).address).toMatchObject(masked);
    const paid = await orders.paid();
    expect((await kept(paid)).address).toEqual(clearAddress);
    expect((await list(`q=${paid}`)).items[0]?.address).toMatchObject(masked);
    const shipped = await ship(paid, "T-1");
    expect(keptOrderSchema.parse(shipped.body).address).toMatchObject(masked);
    expect((await kept(paid)).address).toMatchObject(masked);
  });

  it("is no phone number in free texts either, once it is no longer to be shipped", async () => {
    const orderId = await orders.placed();
    await set(orderId, "remark", "call 13812341234");
    await orders.call("POST", `/orders/${orderId}/cancel`, { body: { reason: "reach me at a@example.org" } });
    expect(await kept(orderId)).toMatchObject({
      shopperRemark: "call 138****1234",
      cancelNote: "reach me at a***@example.org",
    });
  });

  it("is carrier and tracking number, as for the shopper", async () => {
    const orderId = await orders.paid();
    await ship(orderId, "T-2");
    const shipment = { carrier: "SF", trackingNumber: "T-2", status: 2 };
    expect(await kept(orderId)).toMatchObject(shipment);
    expect((await orders.call("GET", `/orders/${orderId}`)).body).toMatchObject(shipment);
  });
});

describe("the merchant's remark", () => {
  const put = (orderId: string, body: object): Promise<Reply> =>
    asMerchant("PUT", `/admin/orders/${orderId}/remark`, body);

  it("is kept beside the shopper's, changed and removed, and never shown to the shopper", async () => {
    const orderId = await orders.placed();
    await set(orderId, "remark", "a gift");
    expect(await put(orderId, { remark: "  call first " })).toMatchObject({
      status: 200,
      body: { remark: "call first", shopperRemark: "a gift" },
    });
    const { body } = await orders.call("GET", `/orders/${orderId}`);
    expect(JSON.stringify(body)).not.toContain("call first");
    expect((await put(orderId, { remark: "" })).body).toMatchObject({ remark: null, shopperRemark: "a gift" });
  });

  it("survives what happens to the order", async () => {
    const orderId = await orders.paid();
    await put(orderId, { remark: "fragile" });
    await ship(orderId, "T-3");
    expect(await kept(orderId)).toMatchObject({ status: 2, remark: "fragile" });
  });

  it("is refused for an order that is not there, too long, or with anything beside it", async () => {
    const orderId = await orders.placed();
    expect((await put("1", { remark: "x" })).status).toBe(404);
    for (const body of [{ remark: "x".repeat(501) }, {}, { remark: "x", status: 4 }]) {
      expect(await put(orderId, body)).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED" } });
    }
  });
});

describe("the merchant's list", () => {
  it("comes newest first and page by page, by status and by the time of placing", async () => {
    const [first, second, third] = [await orders.placed(), await orders.placed(), await orders.placed()];
    await set(second, "status", 5);
    const placedAt = (await kept(first)).placedAt;
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await list(`from=${placedAt}&limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      seen.push(...page.ids);
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual([third, second, first]);
    expect((await list(`from=${placedAt}&status=5`)).ids).toEqual([second]);
    expect((await list(`from=${placedAt}&status=0`)).ids).toEqual([third, first]);
    const end = (await kept(third)).placedAt;
    expect((await list(`from=${placedAt}&to=${end}`)).ids).toEqual([second, first]);
    expect((await list("to=2024-01-01T00:00:00Z")).ids).toEqual([]);
    for (const year of ["0000", "0001", "9999"]) {
      const end = encodeURIComponent(`${year}-12-31T23:59:59-23:59`);
      expect((await list(`from=${end}&status=0`)).ids.length > 0).toBe(year !== "9999");
      expect((await list(`to=${end}&q=Tea`)).ids.length > 0).toBe(year === "9999");
    }
  });

  it("goes by the database's clock, not by the id, when the two disagree by minutes", async () => {
    const orderId = await orders.placed();
    await set(orderId, "placed_at", new Date(Date.now() - 300_000));
    const from = new Date(Date.now() - 301_000).toISOString();
    const to = new Date(Date.now() - 299_000).toISOString();
    expect((await list(`from=${from}&to=${to}`)).ids).toEqual([orderId]);
  });

  it("finds an order by its id, its number and its tracking number, whole", async () => {
    const orderId = await orders.paid();
    await orders.placed();
    await ship(orderId, "SF1234567890");
    const { orderSn } = await kept(orderId);
    for (const q of [orderId, orderSn, "SF1234567890"]) expect((await list(`q=${q}`)).ids).toEqual([orderId]);
    for (const q of [orderId.slice(1), orderSn.slice(0, -1), "SF123456789", "1"]) {
      expect((await list(`q=${q}`)).ids).not.toContain(orderId);
    }
    expect((await list(`q=${orderId}&status=0`)).ids).toEqual([]);
  });

  it("finds orders by a part of a product's name in any case, and takes wildcards for what they are", async () => {
    const orderId = await orders.placed();
    const rename = "UPDATE oms_order_item SET product_name = ? WHERE order_id = ?";
    await execute(orders.shop.database.db, rename, ["Kännchen 100% Grün_Tee", orderId]);
    for (const q of ["kännchen", "100%", "GRÜN_", "tee"]) {
      expect((await list(`q=${encodeURIComponent(q)}`)).ids).toContain(orderId);
    }
    for (const q of ["%", "1_0", "' OR 1=1 -- "]) {
      const { ids } = await list(`q=${encodeURIComponent(q)}`);
      expect(ids.length).toBe(q === "%" ? 1 : 0);
    }
  });

  it.each(["status=3", "from=yesterday", "q=", "cursor=x", "limit=101", "userId=501", "status=0&status=1"])(
    "refuses %s",
    async (query) => {
      expect((await asMerchant("GET", `/admin/orders?${query}`)).status).toBe(400);
    },
  );

  it("is for merchants only, on every route", async () => {
    const orderId = await orders.placed();
    const tries = [
      ["GET", "/admin/orders"],
      ["GET", `/admin/orders/${orderId}`],
      ["PUT", `/admin/orders/${orderId}/remark`],
      ["POST", `/admin/orders/${orderId}/shipment`],
    ] as const;
    for (const [method, path] of tries) {
      for (const role of ["shopper", "ops"]) {
        expect(await orders.call(method, path, { role })).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
      }
      expect((await orders.call(method, path, { sub: null })).status).toBe(401);
    }
  });
});

describe("the shopper's list", () => {
  const own = async (query: string, sub = "501") => {
    const { body } = await orders.call("GET", `/orders?${query}`, { sub });
    return (body["items"] as { orderId: string }[]).map(({ orderId }) => orderId);
  };

  it("filters by status and time together, and holds nobody else's", async () => {
    const [first, second] = [await orders.placed(), await orders.placed()];
    const { placedAt } = await kept(first);
    await set(first, "status", 5);
    expect(await own(`from=${placedAt}`)).toEqual([second, first]);
    expect(await own(`from=${placedAt}&status=5`)).toEqual([first]);
    expect(await own(`to=${placedAt}&limit=100`)).not.toContain(first);
    expect(await own(`from=${placedAt}`, "502")).toEqual([]);
  });
});

describe("finding orders", () => {
  it.each([
    [{ userId: "501" }, "own_by_status"],
    [{ userId: "501", status: 0 }, "own_by_status"],
    [{ status: 1 }, "by_status"],
    [{}, "PRIMARY"],
    [{ from: new Date("2026-01-01"), to: new Date("2027-01-01") }, "PRIMARY"],
  ] as const)("for %o walks the index %s without sorting rows", async (filter, index) => {
    const { sql, bindings } = findingStatement(filter, { before: "9223372036854775807", limit: 20 });
    const plan = await rows<{ table: string; key: string | null; Extra: string | null }>(
      orders.shop.database.db,
      `EXPLAIN ${sql}`,
      bindings,
    );
    const reads = plan.filter(({ table }) => table === "oms_order");
    expect(new Set(reads.map(({ key }) => key))).toEqual(new Set([index]));
    expect(reads.filter(({ Extra }) => Extra?.includes("filesort"))).toEqual([]);
  });
});
