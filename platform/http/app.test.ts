import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { AppError } from "../errors/app-error.ts";
import { createLogger } from "../logging/logger.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { anApp, anIdentity, aRoute, key } from "../testing/an-app.ts";
import { createApp } from "./app.ts";
import { idText, pageQuery } from "./fields.ts";
import type { Access } from "./route.ts";

const opsKey = randomBytes(32);

describe("identity", () => {
  test("is required on every route, also those for anyone, and on what does not exist", async () => {
    const { call } = await anApp([aRoute({ method: "GET" })]);
    for (const path of ["/things", "/nothing", "/ops/parked"]) {
      const reply = await call("GET", path, { as: null });
      expect(reply).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED", type: "about:blank", status: 401 } });
    }
    expect(
      (await call("GET", "/things", { as: null, headers: { "mall-identity": anIdentity({ aud: "y" }) } })).status,
    ).toBe(401);
    expect((await call("GET", "/things", { as: { sub: null, roles: [] } })).status).toBe(200);
  });

  test("gives its request id to answer and cause; a request id of the client is not believed", async () => {
    const { call } = await anApp([aRoute({ method: "GET" })]);
    const headers = {
      "x-request-id": "forged-request",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };
    const reply = await call("GET", "/things", { headers });
    expect(reply.headers["x-request-id"]).toBe("request-0001");
    expect(reply.body["cause"]).toMatchObject({
      correlationId: "request-0001",
      causationId: "request-0001",
      traceparent: expect.stringContaining("-0af7651916cd43dd8448eb211c80319c-"),
    });
    const refused = await call("GET", "/things", { headers, as: null });
    expect(refused.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(refused.body["requestId"]).toBe(refused.headers["x-request-id"]);
  });

  test("decides with the route's access who gets in", async () => {
    const accesses: Access[] = ["anyone", "holder", "shopper", "merchant", "ops"];
    const { call } = await anApp(accesses.map((access) => aRoute({ method: "GET", path: `/${access}`, access })));
    const matrix: Record<string, number[]> = {};
    for (const role of ["none", "shopper", "merchant", "ops"]) {
      const as = role === "none" ? { sub: null, roles: [] } : { roles: [role] };
      matrix[role] = await Promise.all(
        accesses.map(async (access) => (await call("GET", `/${access}`, { as })).status),
      );
    }
    expect(matrix).toEqual({
      none: [200, 401, 401, 401, 401],
      shopper: [200, 200, 200, 403, 403],
      merchant: [200, 200, 403, 200, 403],
      ops: [200, 200, 403, 403, 200],
    });
  });

  test("may be settled by the edge in its own way", async () => {
    const { call } = await anApp([aRoute({ method: "GET", access: "holder" })], {
      authenticate: async ({ headers }) =>
        headers.authorization === "Bearer good" ? { caller: { userId: "9", roles: [] } } : undefined,
    });
    expect((await call("GET", "/things")).status).toBe(401);
    expect((await call("GET", "/things", { headers: { authorization: "Bearer good" } })).body["caller"]).toEqual({
      userId: "9",
      roles: [],
    });
  });

  test("opens /ops only to the holder of the ops key, and that key opens nothing else", async () => {
    const { call } = await anApp([aRoute({ method: "GET" })], {
      opsKey,
      opsRoutes: [aRoute({ method: "GET", path: "/ops/parked", access: "ops" })],
    });
    const headers = { authorization: `Bearer ${opsKey.toString("base64")}` };
    expect((await call("GET", "/ops/parked", { as: null, headers })).status).toBe(200);
    expect((await call("GET", "/ops/parked", { as: { roles: ["ops"] } })).status).toBe(401);
    expect(
      (await call("GET", "/ops/parked", { headers: { authorization: `Bearer ${key.toString("base64")}` } })).status,
    ).toBe(401);
    expect((await call("GET", "/things", { as: null, headers })).status).toBe(401);
  });

  test("options that would leave a route open do not make an app", () => {
    const base = {
      service: "x",
      routes: [],
      log: createLogger({ service: "x", instance: "x", level: "silent" }),
      metrics: createMetrics("x"),
      ready: async () => ({ ok: true, checks: {} }),
    };
    expect(() => createApp(base)).toThrow("identityKey");
    expect(() => createApp({ ...base, identityKey: key, routes: [aRoute({ access: "signed" })] })).toThrow(
      "verifySignature",
    );
    expect(() => createApp({ ...base, identityKey: key, routes: [aRoute({ path: "/ops/x" })] })).toThrow("/ops/");
    expect(() => createApp({ ...base, identityKey: key, opsRoutes: [aRoute({ path: "/ops/x" })] })).toThrow("opsKey");
  });
});

describe("input", () => {
  const body = z.strictObject({ items: z.array(z.strictObject({ n: z.int() })).max(100), name: z.string().optional() });

  test("reaches the handler parsed", async () => {
    const { call } = await anApp([
      aRoute({
        method: "PUT",
        path: "/things/{thingId}",
        params: z.strictObject({ thingId: idText }),
        query: pageQuery,
        body,
      }),
    ]);
    const reply = await call("PUT", "/things/12?limit=5", { body: '{"items":[{"n":1}]}' });
    expect(reply.body).toMatchObject({ body: { items: [{ n: 1 }] }, params: { thingId: "12" }, query: { limit: 5 } });
    expect((await call("PUT", "/things/abc", { body: '{"items":[]}' })).body["code"]).toBe("NOT_FOUND");
  });

  test("that is wrong is named by path, never by value", async () => {
    const { call } = await anApp([aRoute({ body, query: pageQuery })]);
    const reply = await call("POST", "/things", { body: '{"items":[{"n":"canary"},{"n":1,"price":5}],"name":7}' });
    expect(reply.status).toBe(400);
    expect(reply.headers["content-type"]).toBe("application/problem+json");
    expect(reply.body).toMatchObject({ code: "VALIDATION_FAILED" });
    const paths = (reply.body["errors"] as { path: string }[]).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(["items.0.n", "items.1.price", "name"]);
    expect(reply.text).not.toContain("canary");
    const query = await call("POST", "/things?limit=canary", { body: '{"items":[]}' });
    expect(query.body["errors"]).toEqual([{ path: "query.limit", message: "must be a whole number" }]);
  });

  test.each<[number, string, { body?: string | Buffer; headers?: Record<string, string>; path?: string }]>([
    [400, "MALFORMED_JSON", { body: '{"items":[],"items":[]}' }],
    [400, "MALFORMED_JSON", { body: '{"items":[],"__proto__":{"admin":true}}' }],
    [400, "MALFORMED_JSON", { body: "[".repeat(30_000) }],
    [400, "VALIDATION_FAILED", { body: "" }],
    [400, "VALIDATION_FAILED", { body: "null" }],
    [400, "VALIDATION_FAILED", { body: `{"items":[${Array(101).fill('{"n":1}').join(",")}]}` }],
    [400, "VALIDATION_FAILED", { body: '{"items":[]}', path: "/things?limit=1&limit=2" }],
    [400, "VALIDATION_FAILED", { body: '{"items":[]}', path: "/things?__proto__=1" }],
    [413, "BODY_TOO_LARGE", { body: Buffer.alloc(70_000, " ") }],
    [413, "BODY_TOO_LARGE", { body: Buffer.alloc(70_000, " "), headers: { "transfer-encoding": "chunked" } }],
    [415, "UNSUPPORTED_MEDIA_TYPE", { body: "a=1", headers: { "content-type": "application/x-www-form-urlencoded" } }],
    [415, "UNSUPPORTED_MEDIA_TYPE", { body: "{}", headers: { "content-type": "application/json; charset=gbk" } }],
    [415, "UNSUPPORTED_MEDIA_TYPE", { body: "{}", headers: { "content-encoding": "gzip" } }],
  ])("%i %s for %j", async (status, code, { path = "/things", ...given }) => {
    const { call } = await anApp([aRoute({ body, query: pageQuery })]);
    expect(await call("POST", path, given)).toMatchObject({ status, body: { code, status } });
  });

  test("that is cut off by the client reaches nobody", async () => {
    let handled = false;
    const { server, lines } = await anApp([
      aRoute({ body }, async () => {
        handled = true;
        return { status: 200 };
      }),
    ]);
    const socket = connect(server.port, "127.0.0.1");
    const head = `POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nMall-Identity: ${anIdentity()}`;
    socket.write(`${head}\r\nContent-Length: 100\r\n\r\n{"items":`, () => socket.destroy());
    await expect.poll(() => lines.find((line) => line.includes('"/things"'))).toContain('"level":"debug"');
    expect(handled).toBe(false);
  });

  test("is not taken where none is expected", async () => {
    const { call } = await anApp([aRoute(), aRoute({ method: "GET" })]);
    expect((await call("POST", "/things", { body: "{}" })).status).toBe(200);
    expect((await call("POST", "/things")).status).toBe(200);
    expect((await call("POST", "/things", { body: '{"a":1}' })).body["errors"]).toEqual([
      { path: "a", message: "unknown field" },
    ]);
    expect((await call("GET", "/things?a=1")).body["errors"]).toEqual([{ path: "query.a", message: "unknown field" }]);
  });

  test("needs an idempotency key where the route says so", async () => {
    const { call } = await anApp([aRoute({ idempotencyKey: true })]);
    expect((await call("POST", "/things")).body["code"]).toBe("IDEMPOTENCY_KEY_MISSING");
    expect((await call("POST", "/things", { headers: { "idempotency-key": "x".repeat(256) } })).body["code"]).toBe(
      "VALIDATION_FAILED",
    );
    expect((await call("POST", "/things", { headers: { "idempotency-key": "k-1" } })).status).toBe(200);
  });

  test("of a signed route is verified over its bytes before it is looked at", async () => {
    const seen: string[] = [];
    const { call } = await anApp([aRoute({ access: "signed", body: z.strictObject({ n: z.int() }) })], {
      verifySignature: async ({ method, path, query, body: bytes, header }) => {
        seen.push(`${method} ${path} ${query} ${Buffer.from(bytes).toString()}`);
        if (header("mall-signature") !== "good")
          throw new AppError({ code: "SIGNATURE_INVALID", message: "no", status: 401, retry: "never" });
      },
    });
    expect((await call("POST", "/things", { body: "{ not json" })).body["code"]).toBe("SIGNATURE_INVALID");
    expect((await call("POST", "/things", { body: '{"n":1}', headers: { "mall-signature": "good" } })).status).toBe(
      200,
    );
    expect(seen).toEqual(["POST /things  { not json", 'POST /things  {"n":1}']);
  });
});
