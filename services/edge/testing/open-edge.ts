/** The edge in front of small services of the same make as the real ones, on free ports. */
import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { Pool } from "undici";
import { createApp } from "#platform/http/app.ts";
import type { Route } from "#platform/http/route.ts";
import { type RunningServer, startServer } from "#platform/http/server.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { createTokenSigner } from "#platform/security/access-token.ts";
import { stackUnderTest } from "#platform/testing/stack-under-test.ts";
import { createEdgeApp, type EdgeOptions } from "../edge-app.ts";
import type { TableRoute } from "../match-route.ts";

const TEST_LOG = { service: "edge", instance: "edge-test" };
const log = createLogger({ ...TEST_LOG, level: "silent" });

function linesInto(lines: Record<string, unknown>[]) {
  return { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
}

export type EdgeUnderTest = Awaited<ReturnType<typeof openEdge>>;

export interface EdgeSetup {
  readonly table: readonly TableRoute[];
  readonly services: Readonly<Record<string, readonly Route[]>>;
  /** Further instances of services, tried in turn with the real ones. */
  readonly alsoAt?: Readonly<Record<string, readonly string[]>>;
  /** Services that believe another key than the edge's. */
  readonly estranged?: readonly string[];
  /** False: nobody listens where Redis should be. */
  readonly withRedis?: boolean;
  readonly maxBodyBytes?: number;
  /** Whatever else should not be as usual: no limits, no proxies, no partners. */
  readonly options?: Partial<EdgeOptions>;
  /** Where the lines of the log go, as objects; nowhere when absent. */
  readonly lines?: Record<string, unknown>[];
}

const NO_LIMITS = { addressRequestsPerS: 0, userRequestsPerS: 0, addressLoginsPerMin: 0 };

export async function openEdge(setup: EdgeSetup) {
  const identityKeys: Record<string, string> = {};
  const serviceUrls: Record<string, string[]> = {};
  const servers: RunningServer[] = [];
  const names = new Set([...Object.keys(setup.services), ...Object.keys(setup.alsoAt ?? {})]);
  for (const service of names) {
    const key = randomBytes(32);
    identityKeys[service] = (setup.estranged?.includes(service) ? randomBytes(32) : key).toString("base64");
    serviceUrls[service] = [...(setup.alsoAt?.[service] ?? [])];
    const routes = setup.services[service];
    if (routes === undefined) continue;
    const server = await startServer(innerApp(service, routes, key), { port: 0, log });
    servers.push(server);
    serviceUrls[service].push(`http://127.0.0.1:${server.port}`);
  }
  const redis = openTestRedis(setup.withRedis ?? true);
  const pair = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const edge = createEdgeApp({
    table: setup.table,
    identityKeys,
    serviceUrls,
    redis,
    log: setup.lines === undefined ? log : createLogger({ ...TEST_LOG, level: "info", stream: linesInto(setup.lines) }),
    partnerKeys: {},
    limits: NO_LIMITS,
    trustedProxies: [],
    corsOrigins: [],
    production: false,
    apiDocument: readFileSync(new URL("../openapi.json", import.meta.url), "utf8"),
    accessTokenPublicKey: pair.publicKey,
    maxBodyBytes: setup.maxBodyBytes ?? 65_536,
    openPool: (origin, options) => new Pool(origin, options),
    ...setup.options,
  });
  await edge.prepare();
  const server = await startServer(edge.app, { port: 0, log });
  const signer = createTokenSigner(pair.privateKey);
  if (setup.withRedis ?? true) await redis.set("revoked:marker", 1);

  return {
    origin: `http://127.0.0.1:${server.port}`,
    redis,
    publicKeyPem: pair.publicKey,
    stopHttp: () => server.stop(2_000),
    /** The header of a signed-in caller, each in a session of its own unless `sid` is given. */
    bearer: async (roles: readonly string[] = ["shopper"], sid = randomSid(), userId = "42") => ({
      authorization: `Bearer ${await signer.sign({ userId, sid, roles })}`,
    }),
    async close() {
      await server.stop(1_000);
      await edge.close();
      await Promise.all(servers.map((inner) => inner.stop(1_000)));
      redis.disconnect();
    },
  };
}

export function randomSid(): string {
  return String(1_000_000 + Math.floor(Math.random() * 1e12));
}

function innerApp(service: string, routes: readonly Route[], identityKey: Buffer) {
  return createApp({
    service,
    routes,
    log,
    metrics: createMetrics(service),
    identityKey,
    ready: async () => ({ ok: true, checks: {} }),
    verifySignature: async () => undefined,
  });
}

function openTestRedis(isThere: boolean): Redis {
  const place = isThere ? stackUnderTest().redis : { host: "127.0.0.1", port: 1 };
  // A prefix of its own stands for a Redis of its own.
  const prefix = { keyPrefix: `${randomUUID()}:` };
  const patience = isThere ? {} : { enableOfflineQueue: false, maxRetriesPerRequest: 0 };
  const redis = new Redis({ ...place, ...prefix, ...patience });
  redis.on("error", () => undefined);
  return redis;
}
