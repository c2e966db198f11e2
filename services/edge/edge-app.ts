import type { IncomingMessage, ServerResponse } from "node:http";
import type { Redis } from "ioredis";
import type Koa from "koa";
import type { Dispatcher, Pool } from "undici";
import { createApp } from "#platform/http/app.ts";
import type { Logger } from "#platform/logging/logger.ts";
import { createMetrics, type Metrics } from "#platform/metrics/metrics.ts";
import { createTokenVerifier } from "#platform/security/access-token.ts";
import { createAddressSet } from "#platform/security/address-set.ts";
import { createNonceStore } from "#platform/security/nonce-store.ts";
import { createTokenBuckets } from "#platform/security/token-buckets.ts";
import { createAccessLists } from "./admission/access-lists.ts";
import { createAdmission, type LimitSettings } from "./admission/admit-request.ts";
import { createClientAddress } from "./admission/client-address.ts";
import { createAnswerHeaders, type FlatHeaders } from "./answer-headers.ts";
import { type AskService, createAskService } from "./ask-service.ts";
import { createSessionCheck } from "./check-session.ts";
import { type EdgeLife, type Exchange, ownOrigin } from "./exchange.ts";
import { createGuardOpenPath } from "./guard-open-paths.ts";
import { createIdentifyCaller } from "./identify-caller.ts";
import { createIdentifyPartner, type PartnerKey } from "./identify-partner.ts";
import { createInnerHeaders } from "./inner-headers.ts";
import type { TableRoute } from "./match-route.ts";
import { createObserver } from "./observe-exchange.ts";
import { createProxy } from "./proxy-requests.ts";
import { edgeRoutes } from "./routes.ts";
import { createSecurityLog } from "./security-log.ts";
import { createServicePools, type ServicePools } from "./service-pools.ts";

export interface EdgeOptions {
  readonly table: readonly TableRoute[];
  readonly serviceUrls: Readonly<Record<string, readonly string[]>>;
  readonly identityKeys: Readonly<Record<string, string>>;
  readonly accessTokenPublicKey: string;
  readonly partnerKeys: Readonly<Record<string, PartnerKey>>;
  readonly limits: LimitSettings;
  readonly maxBodyBytes: number;
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly production: boolean;
  /** Lets its holder read the metrics in production; without one nobody does. */
  readonly opsKey?: Buffer | undefined;
  /** The API document as it is served. */
  readonly apiDocument: string;
  readonly redis: Redis;
  openPool(origin: string, options: Pool.Options): Dispatcher;
  readonly log: Logger;
}

export interface Edge {
  /** To be listened with. */
  readonly app: Koa;
  /** Reads what Redis holds before the first request comes; resolves, too, when Redis is away. */
  prepare(): Promise<void>;
  /** To be closed after the last answer. */
  close(): Promise<void>;
}

const ASK_USERS_MS = 1_000;

export function createEdgeApp(options: EdgeOptions): Edge {
  const { redis, log } = options;
  const metrics = createMetrics("edge");
  const life: EdgeLife = { stopping: false, streams: new Set() };
  const pools = watchedPools(options, metrics);
  const innerHeaders = createInnerHeaders(options.identityKeys);
  const answerHeaders = createAnswerHeaders(options);
  const security = createSecurityLog(log);
  const lists = createAccessLists({ redis, log });
  const nonces = createNonceStore(redis, "nonce:edge");
  const ask = createAskService(pools, innerHeaders);
  const isAlive = createSessionCheck({ redis, askUsers: sessionsOf(ask) });
  // Back again, perhaps empty: what it must hold before the next signature comes is put there now.
  redis.on("ready", () => void prepare());
  const prepare = async (): Promise<void> => {
    await Promise.allSettled([lists.refresh(), nonces.prepare()]);
  };
  const own = createOwnApp(options, { ask, metrics });
  own.app.on("stopping", () => {
    life.stopping = true;
    for (const stream of life.streams) stream.end();
  });
  const admission = createAdmission({ ...options, lists, security, buckets: createTokenBuckets({ redis }) });
  const proxy = createProxy({
    ...options,
    pools,
    clientAddress: createClientAddress(createAddressSet(options.trustedProxies).set),
    admission,
    guardOpenPath: createGuardOpenPath({ ...options, admission }),
    identifyCaller: createIdentifyCaller(createTokenVerifier(options.accessTokenPublicKey), isAlive),
    identifyPartner: createIdentifyPartner({ keys: options.partnerKeys, nonces, security }),
    innerHeaders,
    answerHeaders,
    open: (request, response) => own.handle(request, withHeaders(response, answerHeaders.fixed)),
    answerOwn(exchange) {
      withHeaders(exchange.response, [...answerHeaders.of(exchange), "Cache-Control", "no-store"]);
      own.answer(exchange);
    },
    life,
    security,
    observe: createObserver({ log, metrics, security }),
  });
  // Most requests are only passed on, which needs nothing of Koa and costs half without it.
  own.app.callback = () => proxy as ReturnType<Koa["callback"]>;
  return {
    app: own.app,
    prepare,
    close() {
      lists.close();
      return pools.close();
    },
  };
}

function sessionsOf(ask: AskService): (sid: string) => Promise<boolean> {
  return async (sid) => {
    const question = { service: "users", path: `/internal/sessions/${sid}`, timeoutMs: ASK_USERS_MS };
    return (await ask<{ alive: boolean }>(ownOrigin(), question)).alive;
  };
}

function watchedPools({ serviceUrls, openPool, log }: EdgeOptions, metrics: Metrics): ServicePools {
  const openCircuits = metrics.gauge("circuit_open", "1 while an instance of a service is left alone", ["instance"]);
  const onChange = (origin: string, isOpen: boolean): void => {
    openCircuits.set({ instance: origin }, isOpen ? 1 : 0);
    if (isOpen) log.warn({ origin }, "circuit open: an instance does not answer");
    else log.info({ origin }, "circuit closed: the instance answers again");
  };
  return createServicePools({ serviceUrls, openPool, onChange });
}

/** The app that answers for the edge itself; it believes what the proxy found out about the caller. */
function createOwnApp(options: EdgeOptions, { ask, metrics }: { ask: AskService; metrics: Metrics }) {
  const { redis, log, maxBodyBytes, apiDocument } = options;
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const app = createApp({
    service: "edge",
    routes: edgeRoutes({ ask, apiDocument }),
    log,
    metrics,
    maxBodyBytes,
    // Redis away makes it slower, not unable: sessions are then asked for at users.
    ready: async () => ({ ok: true, checks: { redis: redis.status === "ready" ? "up" : "down" } }),
    authenticate: async (request) => exchanges.get(request),
  });
  const callback = app.callback();
  const handle = (request: IncomingMessage, response: ServerResponse): void => void callback(request, response);
  const answer = (exchange: Exchange): void => {
    exchanges.set(exchange.request, exchange);
    handle(exchange.request, exchange.response);
  };
  return { app, handle, answer };
}

function withHeaders(response: ServerResponse, flat: FlatHeaders): ServerResponse {
  for (let at = 0; at < flat.length; at += 2) response.setHeader(flat[at]!, flat[at + 1]!);
  return response;
}
