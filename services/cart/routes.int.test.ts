import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "#platform/http/app.ts";
import { type RunningServer, startServer } from "#platform/http/server.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { signIdentity } from "#platform/security/identity.ts";
import { type CartBench, newId, openCartBench } from "./cart-builder.ts";
import { addItem } from "./change-line.ts";
import { cartRoutes } from "./routes.ts";

const identityKey = randomBytes(32);
let bench: CartBench;
let server: RunningServer;
beforeAll(async () => {
  bench = await openCartBench();
  const log = createLogger({ service: "cart", instance: "test", level: "silent" });
  const ready = async () => ({ ok: true, checks: {} });
  const routes = cartRoutes(bench.deps);
  const app = createApp({ service: "cart", routes, log, metrics: createMetrics("cart"), ready, identityKey });
  server = await startServer(app, { port: 0, log });
});
afterAll(async () => {
  await server.stop(100);
  await bench.close();
});

interface Call {
  readonly sub: string | null;
  readonly role?: string;
  readonly body?: object;
}

async function call(method: string, path: string, { sub, role = "shopper", body }: Call) {
  const iat = Math.floor(Date.now() / 1000);
  const roles = sub === null ? [] : [role];
  const identity = signIdentity({ sub, roles, aud: "cart", iat, requestId: "request-1" }, identityKey);
  const type: Record<string, string> = body ? { "Content-Type": "application/json" } : {};
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method,
    headers: { "Mall-Identity": identity, Connection: "close", ...type },
    body: body ? JSON.stringify(body) : null,
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
}

const routesOf = (skuId: string) =>
  [
    ["GET", "/cart", undefined],
    ["DELETE", "/cart", undefined],
    ["POST", "/cart/items", { skuId, quantity: 1 }],
    ["PUT", `/cart/items/${skuId}`, { quantity: 9 }],
    ["DELETE", `/cart/items/${skuId}`, undefined],
  ] as const;

describe("the routes of cart", () => {
  test("add, set, show and remove lines, and empty the cart", async () => {
    const [sub, skuId] = [newId(), await bench.aSku()];
    expect(await call("POST", "/cart/items", { sub, body: { skuId, quantity: 2 } })).toMatchObject({
      status: 201,
      body: { quantity: 2, selected: true, subtotalCents: 1_000, lineVersion: 1 },
    });
    const change = { quantity: 3, selected: false };
    expect(await call("PUT", `/cart/items/${skuId}`, { sub, body: change })).toMatchObject({
      status: 200,
      body: change,
    });
    expect((await call("GET", "/cart", { sub })).body).toMatchObject({
      items: [{ skuId }],
      totalCents: 0,
      currency: "CNY",
    });
    expect((await call("DELETE", `/cart/items/${skuId}`, { sub })).status).toBe(204);
    expect((await call("DELETE", `/cart/items/${skuId}`, { sub })).status).toBe(404);
    expect((await call("DELETE", "/cart", { sub })).status).toBe(204);
  });

  test("show and change nobody else's cart, by whatever verb", async () => {
    const [alice, bob, skuId] = [newId(), newId(), await bench.aSku()];
    await bench.add(alice, skuId, 2);
    expect((await call("GET", "/cart", { sub: bob })).body).toMatchObject({ items: [] });
    expect((await call("PUT", `/cart/items/${skuId}`, { sub: bob, body: { quantity: 9 } })).status).toBe(404);
    expect((await call("DELETE", `/cart/items/${skuId}`, { sub: bob })).status).toBe(404);
    await call("DELETE", "/cart", { sub: bob });
    await call("POST", "/cart/items", { sub: bob, body: { skuId, quantity: 1 } });
    expect(await bench.contents(alice)).toEqual([`2 × ${skuId}`]);
  });

  test("are for shoppers only", async () => {
    const [sub, skuId] = [newId(), await bench.aSku()];
    for (const [method, path, body] of routesOf(skuId)) {
      const given = body ? { body } : {};
      for (const role of ["merchant", "ops"])
        expect((await call(method, path, { sub, role, ...given })).status).toBe(403);
      expect((await call(method, path, { sub: null, ...given })).status).toBe(401);
    }
    expect(await bench.contents(sub)).toEqual([]);
  });

  test("take no field that they do not know: price, owner and version are the server's", async () => {
    const [sub, skuId] = [newId(), await bench.aSku()];
    await bench.add(sub, skuId);
    for (const [method, path, body] of routesOf(skuId)) {
      expect((await call(method, `${path}?userId=1`, { sub, ...(body ? { body } : {}) })).status).toBe(400);
      if (body === undefined) continue;
      for (const extra of [{ priceCents: 1 }, { userId: "1" }, { lineVersion: 7 }, { onSale: true }]) {
        expect((await call(method, path, { sub, body: { ...body, ...extra } })).status).toBe(400);
      }
    }
    expect(await bench.contents(sub)).toEqual([`1 × ${skuId}`]);
  });

  test.each([0, -1, 100, 1.5, "1", null, 1e99])("take no quantity %j", async (quantity) => {
    const [sub, skuId] = [newId(), await bench.aSku()];
    await bench.add(sub, skuId);
    for (const [method, path] of [
      ["POST", "/cart/items"],
      ["PUT", `/cart/items/${skuId}`],
    ] as const) {
      const body = method === "POST" ? { skuId, quantity } : { quantity };
      expect(await call(method, path, { sub, body })).toMatchObject({
        status: 400,
        body: { code: "VALIDATION_FAILED" },
      });
    }
    expect(await bench.contents(sub)).toEqual([`1 × ${skuId}`]);
  });

  test.each(["0", "1 OR 1=1", "__proto__", "99999999999999999999"])(
    "name nothing by the SKU %j: 404",
    async (skuId) => {
      const path = `/cart/items/${encodeURIComponent(skuId)}`;
      expect((await call("PUT", path, { sub: newId(), body: { quantity: 1 } })).status).toBe(404);
      expect((await call("DELETE", path, { sub: newId() })).status).toBe(404);
    },
  );

  test("answer with these fields and no other", async () => {
    const [sub, skuId] = [newId(), await bench.aSku()];
    await bench.add(sub, skuId);
    const cart = (await call("GET", "/cart", { sub })).body as { items: object[] };
    const line =
      "attributes lineVersion name onSale priceCents priceChanged productId quantity selected skuId subtotalCents";
    expect(Object.keys(cart).toSorted()).toEqual(["currency", "items", "totalCents"]);
    expect(Object.keys(cart.items[0]!).toSorted()).toEqual(line.split(" "));
  });
});

describe("a hundred requests at once", () => {
  test("never put more than 99 of one SKU into a cart", async () => {
    const [userId, skuId] = [newId(), await bench.aSku()];
    const other = { ...bench.deps, db: bench.connect() };
    const change = { userId, skuId, quantity: 3, selected: true };
    const all = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => addItem(index % 2 === 0 ? bench.deps : other, change)),
    );
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(33);
    expect(await bench.contents(userId)).toEqual([`99 × ${skuId}`]);
  });
});
