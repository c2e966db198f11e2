import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createLogger } from "../logging/logger.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { eventually } from "../testing/eventually.ts";
import { stackUnderTest } from "../testing/stack-under-test.ts";
import { type Caches, openCaches } from "./caches.ts";
import { createLocalLevel, type Entry } from "./local-level.ts";
import { createRedisLevel, type RedisLevel } from "./redis-level.ts";
import { createVersionedCache, type VersionedCache } from "./versioned-cache.ts";

const log = createLogger({ service: "test", instance: "test", level: "silent" });
const service = `test-${randomBytes(4).toString("hex")}`;
const failFast = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 500 };
const open: { caches: Caches; redis: Redis }[] = [];
const redis = new Redis(stackUnderTest().redis);
afterAll(() => redis.disconnect());
afterEach(() => {
  for (const { caches, redis: own } of open.splice(0)) {
    caches.stop();
    own.disconnect();
  }
});

/** One more instance of the service. */
async function anInstance(changes: object = {}): Promise<VersionedCache<string>> {
  const own = new Redis({ ...stackUnderTest().redis, ...failFast, ...changes });
  own.on("error", () => undefined);
  const caches = openCaches({ service, redis: own, log, metrics: createMetrics("test") });
  open.push({ caches, redis: own });
  if (!("port" in changes))
    await eventually(async () => own.status === "ready" && (await subscribers()) === open.length);
  return caches.open<string>({ name: "thing", maxEntries: 1_000, freshMs: 60_000, sharedMs: 60_000 });
}
const subscribers = async () => Number((await redis.pubsub("NUMSUB", `cache:${service}`))[1]);

let keys = 0;
const aKey = () => `k${(keys += 1)}`;
const entry = (version: number): Entry<string> => ({ version, value: `v${version}` });
const never = async (): Promise<never> => {
  throw new Error("the source was asked");
};
const inRedis = async (key: string) => redis.get(`cache:${service}:thing:${key}`);

describe("two instances with one Redis", () => {
  it("share what one of them read", async () => {
    const [one, two, key] = [await anInstance(), await anInstance(), aKey()];
    await one.get(key, async () => entry(1));
    await eventually(async () => (await inRedis(key)) !== null);
    expect(await two.get(key, never)).toEqual(entry(1));
  });

  it("both show the new value as soon as one has said that the old one is obsolete", async () => {
    const [one, two, key] = [await anInstance(), await anInstance(), aKey()];
    await one.get(key, async () => entry(1));
    await two.get(key, async () => entry(1));
    await one.obsolete(new Map([[key, 2]]));
    await eventually(async () => (await two.get(key, async () => entry(2))).version === 2, { withinMs: 1_000 });
    expect(await one.get(key, never)).toEqual(entry(2));
  });

  it("keep the newer version in Redis when the older one arrives last", async () => {
    const [one, two, key] = [await anInstance(), await anInstance(), aKey()];
    expect(await lateAnswer(one, two, key)).toEqual(entry(2));
    expect(await inRedis(key)).toBe('2|"v2"');
  });

  it("are caught showing an older version after a newer one when Redis takes whatever comes", async () => {
    const careless: RedisLevel = {
      ...createRedisLevel(redis, log),
      write: async (entries) => {
        for (const { key, version, text = "", ttlMs } of entries)
          await redis.set(key, `${version}|${text}`, "PX", Math.ceil(ttlMs));
        return true;
      },
    };
    const make = () =>
      createVersionedCache<string>({
        local: createLocalLevel({ maxEntries: 10, freshMs: 60_000 }),
        shared: careless,
        prefix: `${service}:careless:`,
        sharedMs: 60_000,
        tell: async () => undefined,
      });
    const [one, two, key] = [make(), make(), aKey()];
    await lateAnswer(one, two, key);
    await eventually(async () => (await redis.get(`${service}:careless:${key}`)) === '1|"v1"');
    expect(await make().get(key, never)).toEqual(entry(1));
  });

  /** One instance reads version 1 slowly; the other commits and stores version 2 meanwhile. What a third then sees. */
  async function lateAnswer(one: VersionedCache<string>, two: VersionedCache<string>, key: string) {
    let answer: (late: Entry<string>) => void = () => undefined;
    const late = one.get(key, () => new Promise((resolve) => (answer = resolve)));
    await delay(20);
    await two.obsolete(new Map([[key, 2]]));
    await two.get(key, async () => entry(2));
    await eventually(async () => (await two.get(key, never)).version === 2);
    await delay(20);
    answer(entry(1));
    await late.catch(() => undefined);
    await delay(20);
    return two.get(key, never);
  }
});

describe("Redis away", () => {
  it("costs reads of the source and nothing else", async () => {
    const cache = await anInstance({ port: 1, host: "127.0.0.1", retryStrategy: () => 1_000 });
    const key = aKey();
    expect(await cache.get(key, async () => entry(1))).toEqual(entry(1));
    expect(await cache.get(key, never)).toEqual(entry(1));
    await cache.obsolete(new Map([[key, 2]]));
    expect(await cache.get(key, async () => entry(2))).toEqual(entry(2));
  });

  it("and back: a mark that could not be left is left later", async () => {
    const [one, key] = [await anInstance(), aKey()];
    await one.get(key, async () => entry(1));
    const own = open[0]?.redis as Redis;
    await eventually(async () => (await inRedis(key)) !== null);
    own.disconnect();
    await eventually(() => own.status === "end");
    await one.obsolete(new Map([[key, 2]]));
    expect(await inRedis(key)).toBe('1|"v1"');
    await own.connect();
    await eventually(async () => (await inRedis(key)) === "2|", { withinMs: 5_000 });
  });
});
