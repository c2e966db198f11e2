/** Payment behind HTTP, called as the edge would call it and notified as the gateway would, for tests. */
import { randomBytes } from "node:crypto";
import { createApp } from "#platform/http/app.ts";
import { startServer } from "#platform/http/server.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { signIdentity } from "#platform/security/identity.ts";
import type { NonceStore } from "#platform/security/nonce-store.ts";
import { signRequest } from "#platform/security/request-signing.ts";
import { createFakeChannel } from "./fake-channel.ts";
import { newId, openPaymentBench, type PaymentBench, SECRET } from "./payment-builder.ts";
import { verifyCallback } from "./payment-channel.ts";
import { paymentRoutes } from "./routes.ts";

export interface Call {
  /** The caller; absent = nobody. */
  readonly userId?: string;
  readonly role?: string;
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** What is signed may differ from what is sent. */
export interface Notice {
  readonly document: object;
  readonly sent?: object;
  readonly keyId?: string;
  readonly secret?: Buffer;
  readonly createdSeconds?: number;
  readonly nonce?: string;
}

export interface TestPayment {
  readonly bench: PaymentBench;
  call(method: string, path: string, options?: Call): Promise<Reply>;
  notify(notice: Notice): Promise<Reply>;
  close(): Promise<void>;
}

const CALLBACK = "/payments/callbacks/FAKE";

export async function openTestPayment(): Promise<TestPayment> {
  const identityKey = randomBytes(32);
  const bench = await openPaymentBench();
  const secrets = { k1: SECRET, k2: Buffer.alloc(32, 8) };
  const channels = new Map([["FAKE", createFakeChannel({ secrets, nonces: nonces() })]]);
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
  const server = await startServer(app, { port: 0, log });

  async function call(method: string, path: string, options: Call = {}): Promise<Reply> {
    const { userId, role = "shopper", body, headers = {} } = options;
    const iat = Math.floor(Date.now() / 1000);
    const roles = userId === undefined ? [] : [role];
    const identity = signIdentity({ sub: userId ?? null, roles, aud: "payment", iat, requestId: newId() }, identityKey);
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: { "mall-identity": identity, "content-type": "application/json", connection: "close", ...headers },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Reply["body"] };
  }

  return {
    bench,
    call,
    notify({ document, sent = document, keyId = "k1", secret = SECRET, createdSeconds, nonce }) {
      const body = Buffer.from(JSON.stringify(document));
      const parts = { method: "POST", path: `/api${CALLBACK}`, query: "", body };
      const at = createdSeconds ?? Math.floor(Date.now() / 1000);
      const headers = signRequest({ ...parts, keyId, createdSeconds: at, ...(nonce ? { nonce } : {}) }, secret);
      return call("POST", CALLBACK, { body: JSON.stringify(sent), headers: { ...headers } });
    },
    async close() {
      await server.stop(100);
      await bench.close();
    },
  };
}

function nonces(): NonceStore {
  const seen = new Set<string>();
  return {
    prepare: async () => {},
    async remember(keyId, nonce) {
      const isNew = !seen.has(`${keyId} ${nonce}`);
      seen.add(`${keyId} ${nonce}`);
      return isNew;
    },
  };
}
