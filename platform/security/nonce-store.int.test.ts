import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { afterAll, describe, expect, test } from "vitest";
import { createNonceStore } from "./nonce-store.ts";

const stack = JSON.parse(readFileSync(process.env["MALL_TEST_STACK"] as string, "utf8")) as {
  redis: { host: string; port: number; password: string };
};
const redis = new Redis({ ...stack.redis, maxRetriesPerRequest: 1 });
afterAll(() => redis.disconnect());

const now = (): number => Math.ceil(Date.now() / 1000);

async function aStore() {
  const prefix = `nonce-test:${randomBytes(6).toString("hex")}`;
  const store = createNonceStore(redis, prefix);
  await store.prepare();
  return { prefix, store };
}

describe("nonce store", () => {
  test("remembers a nonce per key, for 180 s", async () => {
    const { prefix, store } = await aStore();
    expect(await store.remember("k1", "n", now())).toBe(true);
    expect(await store.remember("k1", "n", now())).toBe(false);
    expect(await store.remember("k2", "n", now())).toBe(true);
    expect(await redis.pttl(`${prefix}:k1:n`)).toBeGreaterThan(170_000);
  });

  test("lets one of a hundred parallel replays through", async () => {
    const { store } = await aStore();
    const results = await Promise.all(Array.from({ length: 100 }, () => store.remember("k", "n", now())));
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  test("refuses, after a flush, what was signed before it", async () => {
    const { prefix, store } = await aStore();
    const created = now();
    expect(await store.remember("k", "n", created)).toBe(true);
    await redis.del(`${prefix}:marker`, `${prefix}:k:n`);
    expect(await store.remember("k", "n", created - 2)).toBe(false);
    expect(await store.remember("k", "n", now() + 1)).toBe(true);
  });

  test("lets nobody in when Redis is out of reach", async () => {
    const gone = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    gone.on("error", () => undefined);
    await expect(createNonceStore(gone).remember("k", "n", now())).rejects.toMatchObject({
      code: "AUTH_UNAVAILABLE",
      status: 503,
    });
    gone.disconnect();
  });
});
