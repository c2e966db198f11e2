import type { IncomingMessage, ServerResponse } from "node:http";
import type { Redis } from "ioredis";
import type Koa from "koa";
import type { Dispatcher, Pool } from "undici";
import { createApp } from "#platform/http/app.ts";
import type { Logger } from "#platform/logging/logger.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { createTokenVerifier } from "#platform/security/access-token.ts";
import { createAskService } from "./ask-service.ts";
import { createSessionCheck } from "./check-session.ts";
import { type EdgeLife, ownOrigin } from "./exchange.ts";
import { createIdentifyCaller } from "./identify-caller.ts";
import { createInnerHeaders } from "./inner-headers.ts";
import type { TableRoute } from "./match-route.ts";
import { createProxy } from "./proxy-requests.ts";
import { edgeRoutes } from "./routes.ts";
import { createServicePools } from "./service-pools.ts";

export interface EdgeOptions {
  readonly table: readonly TableRoute[];
  readonly serviceUrls: Readonly<Record<string, readonly string[]>>;
  readonly identityKeys: Readonly<Record<string, string>>;
  readonly accessTokenPublicKey: string;
  readonly maxBodyBytes: number;
  readonly redis: Redis;
  openPool(origin: string, options: Pool.Options): Dispatcher;
  readonly log: Logger;
}

const ASK_USERS_MS = 1_000;

/** The app of the edge, to be listened with, and its connections, to be closed after it. */
export function createEdgeApp(options: EdgeOptions): { app: Koa; close(): Promise<void> } {
  const { redis, log, maxBodyBytes } = options;
  const metrics = createMetrics("edge");
  const pools = createServicePools(options.serviceUrls, options.openPool);
  const innerHeaders = createInnerHeaders(options.identityKeys);
  const ask = createAskService(pools, innerHeaders);
  const askUsers = async (sid: string): Promise<boolean> => {
    const question = { service: "users", path: `/internal/sessions/${sid}`, timeoutMs: ASK_USERS_MS };
    return (await ask<{ alive: boolean }>(ownOrigin(), question)).alive;
  };
  const verifier = createTokenVerifier(options.accessTokenPublicKey);
  const identifyCaller = createIdentifyCaller(verifier, createSessionCheck({ redis, askUsers }));
  const app = createApp({
    service: "edge",
    routes: edgeRoutes({ ask }),
    log,
    metrics,
    maxBodyBytes,
    // Redis away makes it slower, not unable: sessions are then asked for at users.
    ready: async () => ({ ok: true, checks: { redis: redis.status === "ready" ? "up" : "down" } }),
    async authenticate(request) {
      const caller = await identifyCaller(request);
      return caller && { caller };
    },
  });
  const life: EdgeLife = { stopping: false, streams: new Set() };
  app.on("stopping", () => {
    life.stopping = true;
    for (const stream of life.streams) stream.end();
  });
  const handle = app.callback();
  const own = (request: IncomingMessage, response: ServerResponse): void => void handle(request, response);
  const proxy = createProxy({ ...options, pools, innerHeaders, identifyCaller, own, life, metrics });
  // Most requests are only passed on, which needs nothing of Koa and costs half without it.
  app.callback = () => proxy as ReturnType<Koa["callback"]>;
  return { app, close: () => pools.close() };
}
