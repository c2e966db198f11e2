/** Orders behind HTTP, called as the edge would call it, for tests. */
import { randomBytes } from "node:crypto";
import { execute } from "#platform/database/database.ts";
import { createApp } from "#platform/http/app.ts";
import { startServer } from "#platform/http/server.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { signIdentity } from "#platform/security/identity.ts";
import { StockDeducted, StockLocked } from "#schemas/event-types.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";
import { ordersRoutes } from "./routes.ts";
import { openTestShop, type TestShop, wanted } from "./shop-builder.ts";

export interface Call {
  /** The caller; null = nobody. */
  readonly sub?: string | null;
  readonly role?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface TestOrders {
  readonly shop: TestShop;
  call(method: string, path: string, options?: Call): Promise<Reply>;
  /** With a body that need not be JSON. */
  callRaw(method: string, path: string, text: string): Promise<Reply>;
  /** By shopper 501; returns its id. */
  placed(): Promise<string>;
  /** Placed and paid, its goods deducted. */
  paid(): Promise<string>;
  close(): Promise<void>;
}

export async function openTestOrders(): Promise<TestOrders> {
  const identityKey = randomBytes(32);
  const shop = await openTestShop();
  const log = createLogger({ service: "orders", instance: "test", level: "silent" });
  const ready = async () => ({ ok: true, checks: {} });
  const routes = ordersRoutes(shop.depsWith());
  const app = createApp({ service: "orders", routes, log, metrics: createMetrics("orders"), ready, identityKey });
  const server = await startServer(app, { port: 0, log });

  const call = (method: string, path: string, { body, ...options }: Call = {}): Promise<Reply> =>
    send({ ...options, method, path, text: body ? JSON.stringify(body) : null });

  async function send(request: Omit<Call, "body"> & { method: string; path: string; text: string | null }) {
    const { sub = "501", role = "shopper", text, headers, method, path } = request;
    const iat = Math.floor(Date.now() / 1000);
    const roles = sub === null ? [] : [role];
    const identity = signIdentity({ sub, roles, aud: "orders", iat, requestId: "request-1" }, identityKey);
    const type: Record<string, string> = text !== null ? { "Content-Type": "application/json" } : {};
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: { "Mall-Identity": identity, Connection: "close", ...type, ...headers },
      body: text,
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as Record<string, unknown>,
    };
  }

  async function placed(): Promise<string> {
    const headers = { "Idempotency-Key": randomBytes(8).toString("hex") };
    const { body } = await call("POST", "/orders", { body: wanted, headers });
    return String(body["orderId"]);
  }

  return {
    shop,
    call,
    callRaw: (method, path, text) => send({ method, path, text, headers: { "Idempotency-Key": "raw" } }),
    placed,
    async paid() {
      const key = await placed();
      const value = { orderId: key, lines: [] } as never;
      await shop.harness.deliver(catalogStockV1, StockLocked, { key, seq: 1, value });
      const paid = "UPDATE oms_order SET status = 1, payment_id = 1, paid_at = NOW(3) WHERE order_id = ?";
      await execute(shop.database.db, paid, [key]);
      await shop.harness.deliver(catalogStockV1, StockDeducted, { key, seq: 2, value });
      return key;
    },
    async close() {
      await server.stop(100);
      await shop.close();
    },
  };
}
