import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { eventually } from "#platform/testing/eventually.ts";
import type { EdgeOptions } from "./edge-app.ts";
import { type EdgeUnderTest, openEdge } from "./testing/open-edge.ts";

const opsKey = randomBytes(32);

let edge: EdgeUnderTest;
afterEach(() => edge.close());

async function open(options: Partial<EdgeOptions>): Promise<void> {
  edge = await openEdge({ table: [], services: {}, options });
}

async function status(path: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${edge.origin}${path}`, { headers });
  await response.arrayBuffer();
  return response.status;
}

const bearer = (key: Buffer) => ({ authorization: `Bearer ${key.toString("base64")}` });

describe("the metrics of the edge", () => {
  it("are in production only for who holds its key", async () => {
    await open({ production: true, opsKey });
    expect(await status("/metrics")).toBe(404);
    expect(await status("/metrics", bearer(randomBytes(32)))).toBe(404);
    expect(await status("/metrics", bearer(opsKey))).toBe(200);
    expect(await status("/health/live")).toBe(200);
  });

  it("are in production nobody's without a key, and anyone's elsewhere", async () => {
    await open({ production: true });
    expect(await status("/metrics", bearer(opsKey))).toBe(404);
    await edge.close();
    await open({});
    expect(await status("/metrics")).toBe(200);
  });
});

describe("the black list", () => {
  it("holds beside /api too, but never for the machine itself", async () => {
    await open({ trustedProxies: ["127.0.0.1"] });
    await edge.redis.hset("access-list:black", { "address:192.0.2.9": "{}", "address:127.0.0.1": "{}" });
    await edge.redis.publish("access-lists", "changed");
    await eventually(async () => (await status("/health/live", { "x-forwarded-for": "192.0.2.9" })) === 403);
    expect(await status("/metrics", { "x-forwarded-for": "192.0.2.9" })).toBe(403);
    expect(await status("/health/live")).toBe(200);
  });
});
