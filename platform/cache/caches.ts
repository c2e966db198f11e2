/**
 * The caches of one process on its Redis connection: `open` gives the promises of versioned-cache.ts, this file adds the one
 * connection on which all instances of a service tell each other what became obsolete. A message may be lost (Redis keeps
 * none for who is not there); then a value stays until its lifetime ends.
 */
import type { Redis } from "ioredis";
import type { Logger } from "../logging/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createLocalLevel } from "./local-level.ts";
import { createObsolescence } from "./obsolescence.ts";
import { createRedisLevel } from "./redis-level.ts";
import { createVersionedCache, type VersionedCache } from "./versioned-cache.ts";

export interface CacheOptions {
  /** Unique within the service, and part of the keys in Redis: another shape of value needs another name. */
  readonly name: string;
  /** Of this process. */
  readonly maxEntries: number;
  /** How long this process shows a value without asking anybody, in milliseconds. */
  readonly freshMs: number;
  /** How long a value lives in Redis, in milliseconds. */
  readonly sharedMs: number;
  /** For values that change many times a second: others are told this late, by marks alone. At once when absent. */
  readonly tellAfterMs?: number;
}

export interface Caches {
  open<T>(options: CacheOptions): VersionedCache<T>;
  stop(): void;
}

type Raise = (versions: readonly (readonly [string, number])[]) => void;

/** `service` keeps services on one Redis apart. */
export function openCaches(parts: { service: string; redis: Redis; log: Logger; metrics: Metrics }): Caches {
  const { service, redis, log, metrics } = parts;
  const shared = createRedisLevel(redis, log);
  const channel = `cache:${service}`;
  const raiseOf = new Map<string, Raise>();
  const stops: (() => void)[] = [];
  const subscriber = listen(redis, channel, (message) => receive(message, raiseOf));
  const reads = metrics.counter("cache_reads_total", "Cached reads by where they were answered", ["cache", "level"]);

  return {
    open<T>({ name, maxEntries, freshMs, sharedMs, tellAfterMs = 0 }: CacheOptions): VersionedCache<T> {
      const prefix = `${channel}:${name}:`;
      const local = createLocalLevel<T>({ maxEntries, freshMs });
      const announce = async (versions: ReadonlyMap<string, number>): Promise<void> => {
        if (redis.status !== "ready") return;
        const message = JSON.stringify([name, [...versions]]);
        await redis.publish(channel, message).catch((error: unknown) => log.debug({ err: error }, "cache: not told"));
      };
      const obsolescence = createObsolescence({
        shared,
        prefix,
        markMs: 2 * sharedMs,
        afterMs: tellAfterMs,
        ...(tellAfterMs === 0 ? { announce } : {}),
      });
      stops.push(() => obsolescence.stop());
      raiseOf.set(name, (versions) => {
        for (const [key, version] of versions) local.raise(key, version);
      });
      const counters = {
        local: reads.labels({ cache: name, level: "local" }),
        redis: reads.labels({ cache: name, level: "redis" }),
        source: reads.labels({ cache: name, level: "source" }),
      };
      const counted = (level: keyof typeof counters, count: number): void => counters[level].inc(count);
      return createVersionedCache<T>({ local, shared, prefix, sharedMs, tell: obsolescence.tell, counted });
    },
    stop() {
      for (const stop of stops) stop();
      subscriber.disconnect();
    },
  };
}

/** A connection that has subscribed can do nothing else, hence one of its own. */
function listen(redis: Redis, channel: string, onMessage: (message: string) => void): Redis {
  const subscriber = redis.duplicate();
  subscriber.on("error", () => undefined); // the main connection reports that Redis is away
  // Said again after every reconnection: without an offline queue the client does not.
  subscriber.on("ready", () => void subscriber.subscribe(channel).catch(() => undefined));
  subscriber.on("message", (_channel, message) => onMessage(message));
  return subscriber;
}

function receive(message: string, raiseOf: ReadonlyMap<string, Raise>): void {
  try {
    const [name, versions] = JSON.parse(message) as [string, [string, number][]];
    raiseOf.get(name)?.(versions);
  } catch {
    // Not a message of this release; what it would have told ends with its lifetime.
  }
}
