import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "#platform/http/app.ts";
import { type RunningServer, startServer } from "#platform/http/server.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { signIdentity } from "#platform/security/identity.ts";
import { StockLocked, UserChanged } from "#schemas/event-types.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { type OrderJson, orderSchema } from "./order-json.ts";
import { ordersRoutes } from "./routes.ts";
import { openTestShop, type TestShop, wanted } from "./shop-builder.ts";
import { destroyKeysOfGone } from "./shopper-store.ts";

const identityKey = randomBytes(32);
let shop: TestShop;
let server: RunningServer;
beforeAll(async () => {
  shop = await openTestShop();
  const log = createLogger({ service: "orders", instance: "test", level: "silent" });
  const ready = async () => ({ ok: true, checks: {} });
  const routes = ordersRoutes(shop.depsWith());
  const app = createApp({ service: "orders", routes, log, metrics: createMetrics("orders"), ready, identityKey });
  server = await startServer(app, { port: 0, log });
});
afterAll(async () => {
  await server.stop(100);
  await shop.close();
});

interface Call {
  readonly sub?: string;
  readonly role?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

function call(method: string, path: string, { sub = "501", role = "shopper", body, headers }: Call = {}) {
  const iat = Math.floor(Date.now() / 1000);
  const identity = signIdentity({ sub, roles: [role], aud: "orders", iat, requestId: "request-1" }, identityKey);
  const type: Record<string, string> = body ? { "Content-Type": "application/json" } : {};
  const text = body ? JSON.stringify(body) : null;
  const all = { "Mall-Identity": identity, Connection: "close", ...type, ...headers };
  return fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers: all, body: text });
}

async function place(key: string, headers: Record<string, string> = {}): Promise<OrderJson> {
  const answer = await call("POST", "/orders", { body: wanted, headers: { "Idempotency-Key": key, ...headers } });
  expect(answer.status).toBe(202);
  return orderSchema.parse(await answer.json());
}

describe("the routes of orders", () => {
  it("place, show and list an order; only its owner sees the address in clear", async () => {
    const { orderId, address } = await place("a");
    expect(address?.phone).toBe("138****1234");
    const shown = orderSchema.parse(await (await call("GET", `/orders/${orderId}`)).json());
    expect(shown.address?.phone).toBe("13812341234");
    const listed = await call("GET", "/orders?status=0&limit=1");
    expect(await listed.json()).toMatchObject({ items: [{ orderId, address: { phone: "138****1234" } }] });
  });

  it("answer 404 to everybody else, on every route, and change nothing", async () => {
    const { orderId } = await place("b");
    await shop.harness.drainOutbox();
    const tries = [
      ["GET", ""],
      ["GET", "/events"],
      ["POST", "/cancel"],
      ["POST", "/receipt"],
    ] as const;
    for (const [method, path] of tries) {
      const answer = await call(method, `/orders/${orderId}${path}`, { sub: "502" });
      expect(answer.status).toBe(404);
      await answer.body?.cancel();
    }
    expect(await shop.harness.emitted()).toEqual([]);
    expect((await shop.order(orderId)).status).toBe(0);
    const shipment = { carrier: "SF", trackingNumber: "1" };
    expect((await call("POST", `/admin/orders/${orderId}/shipment`, { body: shipment })).status).toBe(403);
  });

  it.each([
    { ...wanted, status: 1 },
    { ...wanted, items: [{ skuId: "9001", quantity: 1, priceCents: 1 }] },
    { ...wanted, items: [{ skuId: "9001", quantity: 100 }] },
    { ...wanted, items: [] },
    { ...wanted, addressId: "0" },
    { items: wanted.items },
  ])("refuse what no client may say: %j", async (body) => {
    const answer = await call("POST", "/orders", { body, headers: { "Idempotency-Key": "x" } });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, "VALIDATION_FAILED"]);
  });

  it("stream the history as server-sent events and resume behind Last-Event-ID", async () => {
    const { orderId } = await place("c");
    const value = { orderId, lines: [] } as never;
    await shop.harness.deliver(catalogStockV1, StockLocked, { key: orderId, seq: 1, value });
    const answer = await call("GET", `/orders/${orderId}/events`, { headers: { "Last-Event-ID": "1" } });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    const { value: text } = await reader.read();
    expect(text).toContain(`id: 2\nevent: StockLocked\ndata: {"orderId":"${orderId}","event":"StockLocked","status":0`);
    await reader.cancel();
  });

  it("ignore a wait that is none", async () => {
    for (const prefer of ["wait=0", "wait=11", "wait=x", "respond-async"]) {
      const headers = { "Idempotency-Key": prefer, Prefer: prefer };
      const answer = await call("POST", "/orders", { body: wanted, headers });
      expect([answer.status, answer.headers.get("preference-applied")]).toEqual([202, null]);
      await answer.body?.cancel();
    }
  });

  it("show no address of a deleted user whose time is over", async () => {
    const { orderId } = await place("d");
    const value = { userId: "501", level: 0, status: "DELETED" } as never;
    await shop.harness.deliver(usersUserV1, UserChanged, { key: "501", seq: 1, value });
    expect(await destroyKeysOfGone(shop.database.db, 60_000)).toBe(0);
    expect(await destroyKeysOfGone(shop.database.db, 0)).toBe(1);
    expect(await (await call("GET", `/orders/${orderId}`)).json()).toMatchObject({ orderId, address: null });
  });
});
