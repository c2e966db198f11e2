import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Pool } from "undici";
import { startServer } from "#platform/http/server.ts";
import { openRedis } from "#platform/lifecycle/open-redis.ts";
import { runService } from "#platform/lifecycle/run-service.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { config } from "./config.ts";
import { createEdgeApp } from "./edge-app.ts";
import { routeTable } from "./route-table.ts";

const name = "edge";
const log = createLogger({ service: name, instance: config.process.instanceId, level: config.process.logLevel });
// The lists should be known before the first request, but the shop does not stay closed because Redis is away.
const WAIT_FOR_REDIS_MS = 1_000;

await runService({
  name,
  log,
  async start(stopping) {
    const redis = openRedis(config.redis, log);
    stopping.add("redis", () => redis.disconnect());
    const openPool = (origin: string, options: Pool.Options): Pool => new Pool(origin, options);
    const apiDocument = readFileSync(new URL("./openapi.json", import.meta.url), "utf8");
    const { production, port, listenHost: host } = config.process;
    const edge = createEdgeApp({ ...config, production, table: routeTable, apiDocument, redis, openPool, log });
    stopping.add("connections to services", () => edge.close());
    await once(redis, "ready", { signal: AbortSignal.timeout(WAIT_FOR_REDIS_MS) }).catch(() => undefined);
    await edge.prepare();
    const server = await startServer(edge.app, { port, host, log });
    stopping.add("http", () => server.stop(), 9_000);
  },
});
