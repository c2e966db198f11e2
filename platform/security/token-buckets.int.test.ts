import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { stackUnderTest } from "../testing/stack-under-test.ts";
import { createTokenBuckets, type Limit, type TokenBuckets } from "./token-buckets.ts";

// Refilled so slowly that a test sees none of it.
const limit: Limit = { name: "test", tokens: 20, windowMs: 86_400_000 };

let redis: Redis;
beforeAll(() => {
  redis = new Redis(stackUnderTest().redis);
});
afterAll(() => redis.disconnect());

const prefix = (): string => `test-${randomUUID()}`;

function takeMany(buckets: TokenBuckets, times: number): number {
  return Array.from({ length: times }).filter(() => buckets.take(limit, "a").allowed).length;
}

async function takeSharedMany(all: readonly TokenBuckets[], times: number): Promise<number> {
  const takes = Array.from({ length: times }, (_, index) => all[index % all.length]!.takeShared(limit, "a"));
  return (await Promise.all(takes)).filter(({ allowed }) => allowed).length;
}

describe("a bucket decided here", () => {
  it("grants exactly its tokens, then one for each that comes back", () => {
    let nowMs = 0;
    const buckets = createTokenBuckets({ redis, prefix: prefix(), monotonicMs: () => nowMs });
    const second: Limit = { name: "second", tokens: 5, windowMs: 1_000 };
    const take = () => buckets.take(second, "a").allowed;
    expect([1, 2, 3, 4, 5, 6].map(take)).toEqual([true, true, true, true, true, false]);
    expect(buckets.take(second, "a")).toEqual({ allowed: false, remaining: 0, resetMs: 1_000, retryAfterMs: 200 });
    nowMs += 199;
    expect(take()).toBe(false);
    nowMs += 1;
    expect([take(), take()]).toEqual([true, false]);
    expect(buckets.take(second, "b")).toMatchObject({ allowed: true, remaining: 4 });
  });

  it("is charged for what another instance took, but never for its own twice", async () => {
    const shared = prefix();
    const [here, there] = [
      createTokenBuckets({ redis, prefix: shared }),
      createTokenBuckets({ redis, prefix: shared }),
    ];
    expect(takeMany(here, 15)).toBe(15);
    await eventually(async () => Number(await redis.hget(`${shared}:test:a`, "tokens")) < 6);
    expect(takeMany(there, 1)).toBe(1);
    await eventually(async () => Number(await redis.hget(`${shared}:test:a`, "tokens")) < 5);
    await eventually(() => there.take(limit, "a").remaining < 5);
    expect(takeMany(here, 10)).toBe(5);
  });

  it("tells what was taken while it told only after a rest, all in one", async () => {
    const told: number[] = [];
    const buckets = createTokenBuckets({
      redis: {
        // Some are taken during every call, as they are under load.
        eval: async () => {
          told.push(performance.now());
          if (told.length < 4) buckets.take(limit, "a");
          return [1, "10"];
        },
      } as unknown as Redis,
    });
    buckets.take(limit, "a");
    await eventually(() => told.length === 4);
    const rests = told.slice(1).map((at, index) => at - told[index]!);
    expect(Math.min(...rests)).toBeGreaterThan(40);
  });

  it("goes on counting where it was when Redis goes away", async () => {
    const own = new Redis({ ...stackUnderTest().redis, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    await new Promise((resolve) => own.once("ready", resolve));
    const buckets = createTokenBuckets({ redis: own, prefix: prefix() });
    expect(takeMany(buckets, 12)).toBe(12);
    own.disconnect();
    expect(takeMany(buckets, 12)).toBe(8);
  });
});

describe("a bucket decided in Redis", () => {
  it("grants exactly its tokens to all instances together, also at once", async () => {
    const shared = prefix();
    const all = [1, 2, 3].map(() => createTokenBuckets({ redis, prefix: shared }));
    expect(await takeSharedMany(all, 100)).toBe(20);
    expect((await all[0]!.takeShared(limit, "a")).retryAfterMs).toBeGreaterThan(1_000_000);
  });

  it("takes back what did not count, and never holds more than its tokens", async () => {
    const shared = prefix();
    const [here, there] = [
      createTokenBuckets({ redis, prefix: shared }),
      createTokenBuckets({ redis, prefix: shared }),
    ];
    await here.giveBack(limit, "a");
    expect(await takeSharedMany([here, there], 25)).toBe(20);
    await there.giveBack(limit, "a");
    expect(await takeSharedMany([here, there], 5)).toBe(1);
  });

  it("goes on here where it was when Redis goes away", async () => {
    const own = new Redis({ ...stackUnderTest().redis, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    await new Promise((resolve) => own.once("ready", resolve));
    const buckets = createTokenBuckets({ redis: own, prefix: prefix() });
    expect(await takeSharedMany([buckets], 15)).toBe(15);
    own.disconnect();
    expect(await takeSharedMany([buckets], 15)).toBe(5);
  });
});
