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

await runService({
  name,
  log,
  async start(stopping) {
    const redis = openRedis(config.redis, log);
    stopping.add("redis", () => redis.disconnect());
    const openPool = (origin: string, options: Pool.Options): Pool => new Pool(origin, options);
    const edge = createEdgeApp({ ...config, table: routeTable, redis, openPool, log });
    stopping.add("connections to services", () => edge.close());
    const server = await startServer(edge.app, { port: config.process.port, log });
    stopping.add("http", () => server.stop(), 9_000);
  },
});
