/** The connection to Redis, which nothing in the shop may depend on: its absence makes things slower, never wrong. */
import { Redis } from "ioredis";
import type { Config, redisConfig } from "../config/config.ts";
import type { Logger } from "../logging/logger.ts";

/** A Redis client that fails fast while Redis is away: nothing here may wait for it. */
export function openRedis(config: Config<typeof redisConfig>, log: Logger): Redis {
  const redis = new Redis({
    ...config,
    lazyConnect: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    commandTimeout: 500,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  });
  let reported = false;
  redis.on("error", (error) => {
    if (!reported) log.warn({ err: error }, "redis: out of reach");
    reported = true;
  });
  redis.on("ready", () => {
    reported = false;
  });
  return redis;
}
