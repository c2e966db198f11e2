import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "#platform/http/app.ts";
import { type RunningServer, startServer } from "#platform/http/server.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { signIdentity } from "#platform/security/identity.ts";
import { createNonceStore } from "#platform/security/nonce-store.ts";
import { signRequest } from "#platform/security/request-signing.ts";
import { stackUnderTest } from "#platform/testing/stack-under-test.ts";
import { createFakeChannel } from "./fake-channel.ts";
import { newId, openPaymentBench, type PaymentBench, SECRET, USER } from "./payment-builder.ts";
import { verifyCallback } from "./payment-channel.ts";
import { paymentRoutes } from "./routes.ts";

const identityKey = Buffer.alloc(32, 1);
let bench: PaymentBench;
let server: RunningServer;
let redis: Redis;

beforeAll(async () => {
  bench = await openPaymentBench();
  redis = new Redis(stackUnderTest().redis);
  const nonces = createNonceStore(redis, `test:${randomBytes(4).toString("hex")}`);
  await nonces.prepare();
  // The marker has the present second; a signature carries whole seconds.
  const nowSeconds = () => Math.floor(Date.now() / 1000) + 1;
  const channels = new Map([["FAKE", createFakeChannel({ secrets: { k1: SECRET }, nonces, nowSeconds })]]);
  const log = createLogger({ service: "payment", instance: "test", level: "silent" });
  const app = createApp({
    service: "payment",
    routes: paymentRoutes({ ...bench.deps, channels }),
    log,
    metrics: createMetrics("payment"),
    identityKey,
    ready: async () => ({ ok: true, checks: {} }),
    verifySignature: (request) => verifyCallback(channels, request),
  });
  server = await startServer(app, { port: 0, log });
});
afterAll(async () => {
  await server.stop();
  redis.disconnect();
  await bench.close();
});

async function call(method: string, path: string, options: { userId?: string; body?: string; headers?: object } = {}) {
  const { userId = null, body, headers = {} } = options;
  const iat = Math.floor(Date.now() / 1000);
  const identity = { sub: userId, roles: userId === null ? [] : ["shopper"], aud: "payment", iat, requestId: newId() };
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method,
    headers: { "mall-identity": signIdentity(identity, identityKey), "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, string>,
  };
}
const pay = (body: object, key = newId(), userId = USER) =>
  call("POST", "/payments", { userId, body: JSON.stringify(body), headers: { "idempotency-key": key } });

/** Sends a notification as the gateway would: signed for the edge's address. */
function notify(
  paymentId: string,
  over: { amountCents?: number; path?: string; secret?: Buffer; channel?: string } = {},
) {
  const { amountCents = 2_500, secret = SECRET, channel = "FAKE" } = over;
  const path = over.path ?? `/api/payments/callbacks/${channel}`;
  const body = JSON.stringify({ paymentId, gatewayRef: "g-1", result: "SUCCEEDED", amountCents, currency: "CNY" });
  const createdSeconds = Math.floor(Date.now() / 1000) + 1;
  const parts = { method: "POST", path, query: "", body: Buffer.from(body), keyId: "k1", createdSeconds };
  const headers = { ...signRequest(parts, secret) };
  return { send: () => call("POST", `/payments/callbacks/${channel}`, { body, headers }) };
}

describe("the routes of payment", () => {
  test("POST /payments answers 201 with the payment, GET shows it to its owner only", async () => {
    const orderId = await bench.payableOrder();
    const { status, body } = await pay({ orderId, channel: "FAKE" });
    const view = { orderId, channel: "FAKE", status: "SUCCEEDED", amountCents: 2_500, currency: "CNY" };
    expect({ status, body }).toEqual({ status: 201, body: { paymentId: body["paymentId"], ...view } });
    const path = `/payments/${body["paymentId"]}`;
    expect(await call("GET", path, { userId: USER })).toMatchObject({ status: 200, body });
    expect(await call("GET", path, { userId: "4712" })).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect(await call("GET", path)).toMatchObject({ status: 401 });
  });

  test("refuses what it does not know, and channels that are not open", async () => {
    const orderId = await bench.payableOrder();
    expect(await pay({ orderId, channel: "ALIPAY" })).toMatchObject({
      status: 501,
      body: { code: "CHANNEL_NOT_OPEN" },
    });
    expect(await pay({ orderId, channel: "FAKE", amountCents: 1 })).toMatchObject({ status: 400 });
    expect(await pay({ orderId, channel: "FAKE" }, "")).toMatchObject({ body: { code: "IDEMPOTENCY_KEY_MISSING" } });
    expect(await notify("1", { channel: "WECHAT" }).send()).toMatchObject({ status: 501 });
  });

  test("a signed notification settles; signed again it is answered alike; sent again as it is, refused", async () => {
    const orderId = await bench.payableOrder();
    const { body } = await pay({ orderId, channel: "FAKE", scenario: "pending" });
    const paymentId = body["paymentId"] ?? "";
    const settled = { status: 200, body: { paymentId, status: "SUCCEEDED" } };
    const first = notify(paymentId);
    expect(await first.send()).toMatchObject(settled);
    expect(await notify(paymentId).send()).toMatchObject(settled);
    expect(await first.send()).toMatchObject({ status: 401, body: { code: "SIGNATURE_INVALID" } });
    expect(await bench.emittedOf(orderId)).toEqual(["1 PaymentSucceeded"]);
  });

  test("a notification with another key, for another path or amount changes nothing", async () => {
    const orderId = await bench.payableOrder();
    const { body } = await pay({ orderId, channel: "FAKE", scenario: "pending" });
    const paymentId = body["paymentId"] ?? "";
    const invalid = { status: 401, body: { code: "SIGNATURE_INVALID" } };
    expect(await notify(paymentId, { secret: Buffer.alloc(32) }).send()).toMatchObject(invalid);
    expect(await notify(paymentId, { path: "/payments/callbacks/FAKE" }).send()).toMatchObject(invalid);
    expect(await call("POST", "/payments/callbacks/FAKE", { body: "{}" })).toMatchObject(invalid);
    const mismatch = { status: 400, body: { code: "VALIDATION_FAILED" } };
    expect(await notify(paymentId, { amountCents: 1 }).send()).toMatchObject(mismatch);
    expect(await call("GET", `/payments/${paymentId}`, { userId: USER })).toMatchObject({
      body: { status: "PENDING" },
    });
  });
});
