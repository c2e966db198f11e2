import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "#platform/logging/logger.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { aRoute } from "../testing/a-route.ts";
import { answeringRoutes } from "../testing/answering-service.ts";
import { type EdgeUnderTest, openEdge } from "../testing/open-edge.ts";
import { createAccessLists } from "./access-lists.ts";

const table = [aRoute({ method: "GET", path: "/open", access: "anyone" }), aRoute({ method: "GET", path: "/own" })];
const limits = { addressRequestsPerS: 1, userRequestsPerS: 1, addressLoginsPerMin: 0 };
const entry = JSON.stringify({ reason: "test", by: "1", at: "2026-01-01T00:00:00.000Z" });

let edge: EdgeUnderTest;
beforeAll(async () => {
  const options = { limits, trustedProxies: ["127.0.0.1"] };
  edge = await openEdge({ table, services: { things: answeringRoutes(table) }, options });
});
afterAll(() => edge.close());

let address = "";
let user = 100;
beforeEach(() => {
  user += 1;
  address = `192.0.2.${user}`;
});

async function call(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${edge.origin}/api${path}`, { headers: { "x-forwarded-for": address, ...headers } });
  return { status: response.status, code: ((await response.json()) as { code?: string }).code };
}

async function list(name: "black" | "white", field: string): Promise<void> {
  await edge.redis.hset(`access-list:${name}`, field, entry);
  await edge.redis.publish("access-lists", "changed");
}

async function unlist(name: "black" | "white", field: string): Promise<void> {
  await edge.redis.hdel(`access-list:${name}`, field);
  await edge.redis.publish("access-lists", "changed");
}

describe("the black list", () => {
  it.each(["address", "block"])("refuses an %s at once, for as long as it is on it", async (kind) => {
    const field = kind === "address" ? `address:${address}` : `address:${address}/31`;
    await list("black", field);
    await eventually(async () => (await call("/nothing")).code === "FORBIDDEN", { withinMs: 1_000 });
    expect((await call("/open")).status).toBe(403);
    await unlist("black", field);
    await eventually(async () => (await call("/open")).status === 200, { withinMs: 3_000 });
  });

  it("refuses a user wherever he comes from, and nobody else", async () => {
    const headers = await edge.bearer(["shopper"], String(user), String(user));
    const other = await edge.bearer(["shopper"], `9${user}`, `9${user}`);
    await list("black", `user:${user}`);
    await eventually(async () => (await call("/own", headers)).code === "FORBIDDEN", { withinMs: 2_000 });
    address = `198.51.100.${user}`;
    expect((await call("/own", other)).status).toBe(200);
    await unlist("black", `user:${user}`);
  });

  it("beats the white list", async () => {
    await list("white", `address:${address}`);
    await list("black", `address:${address}`);
    await eventually(async () => (await call("/open")).status === 403, { withinMs: 1_000 });
  });
});

describe("the white list", () => {
  it("exempts an address from every limit, a user from that of users", async () => {
    await list("white", `address:${address}`);
    await eventually(
      async () =>
        (await Promise.all([call("/open"), call("/open"), call("/open")])).every(({ status }) => status === 200),
      { withinMs: 1_000 },
    );
    const headers = await edge.bearer(["shopper"], String(user), String(user));
    expect((await Promise.all([call("/own", headers), call("/own", headers)])).map(({ status }) => status)).toEqual([
      200, 200,
    ]);
  });
});

describe("lists whose store fails", () => {
  it("hold while it is away, and for a minute when it is suddenly empty without a word", async () => {
    let nowMs = 0;
    const log = createLogger({ service: "edge", instance: "edge-test", level: "silent" });
    const redis = edge.redis.duplicate({ keyPrefix: `${user}:` });
    const lists = createAccessLists({ redis, log, monotonicMs: () => nowMs });
    await redis.hset("access-list:black", "address:192.0.2.250", entry);
    await lists.refresh();
    await redis.del("access-list:black");
    await lists.refresh();
    nowMs += 59_999;
    await lists.refresh();
    expect(lists.black.hasAddress("192.0.2.250")).toBe(true);
    nowMs += 1;
    await lists.refresh();
    expect(lists.black.hasAddress("192.0.2.250")).toBe(false);
    await redis.hset("access-list:black", "address:not-one", entry, "address:192.0.2.251", entry);
    await lists.refresh();
    redis.disconnect();
    await expect(lists.refresh()).rejects.toThrow("Connection is closed");
    expect(lists.black.hasAddress("192.0.2.251")).toBe(true);
    lists.close();
  });
});
