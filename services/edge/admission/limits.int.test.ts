import { afterEach, describe, expect, it } from "vitest";
import { aRoute } from "../testing/a-route.ts";
import { answeringRoutes } from "../testing/answering-service.ts";
import { type EdgeUnderTest, openEdge } from "../testing/open-edge.ts";
import type { LimitSettings } from "./admit-request.ts";

const table = [
  aRoute({ method: "GET", path: "/open", access: "anyone" }),
  aRoute({ method: "GET", path: "/own" }),
  aRoute({ method: "POST", path: "/auth/login", access: "anyone" }),
  aRoute({ method: "POST", path: "/auth/register", access: "anyone" }),
];

let edge: EdgeUnderTest;
afterEach(() => edge.close());

async function open(limits: Partial<LimitSettings>, trustedProxies: readonly string[] = []): Promise<EdgeUnderTest> {
  const all = { addressRequestsPerS: 0, userRequestsPerS: 0, addressLoginsPerMin: 0, ...limits };
  edge = await openEdge({
    table,
    services: { things: answeringRoutes(table) },
    options: { limits: all, trustedProxies },
  });
  return edge;
}

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(`${edge.origin}/api${path}`, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as { code?: string } };
}

async function callMany(times: number, path: string, init: RequestInit = {}): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: times }, () => call(path, init)));
  return answers.map(({ status }) => status).sort((left, right) => left - right);
}

const allowed = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length;

describe("the limit of an address", () => {
  it("lets through exactly its requests, and says what is left and when to come again", async () => {
    await open({ addressRequestsPerS: 3 });
    const first = await call("/open");
    expect(first.headers.get("ratelimit-policy")).toBe('"address";q=3;w=1');
    expect(first.headers.get("ratelimit")).toBe('"address";r=2;t=1');
    // A third of a second brings the next; the burst is over long before.
    expect(allowed(await callMany(10, "/open"))).toBe(2);
    const refused = await call("/open");
    expect(refused).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.headers.get("ratelimit")).toBe('"address";r=0;t=1');
  });

  it("counts what does not exist, too, and none when it is 0", async () => {
    await open({ addressRequestsPerS: 1 });
    expect(await callMany(3, "/nothing")).toEqual([404, 429, 429]);
    await edge.close();
    await open({});
    expect(allowed(await callMany(30, "/open"))).toBe(30);
    expect((await call("/open")).headers.has("ratelimit")).toBe(false);
  });

  it("is for the address that a trusted proxy names", async () => {
    await open({ addressRequestsPerS: 1 }, ["127.0.0.0/8"]);
    const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
    expect(await callMany(2, "/open", from("192.0.2.1"))).toEqual([200, 429]);
    expect(await callMany(2, "/open", from("192.0.2.2"))).toEqual([200, 429]);
  });
});

describe("the limit of a user", () => {
  it("is one's own, whatever the session", async () => {
    await open({ userRequestsPerS: 2 });
    const [here, there, other] = await Promise.all([
      edge.bearer(["shopper"], "1", "7"),
      edge.bearer(["shopper"], "2", "7"),
      edge.bearer(["shopper"], "3", "8"),
    ]);
    const mine = await Promise.all([here, there].map((headers) => callMany(3, "/own", { headers })));
    expect(allowed(mine.flat())).toBe(2);
    expect(allowed(await callMany(2, "/own", { headers: other }))).toBe(2);
  });
});

describe("the limit of log-ins", () => {
  const post = { method: "POST" };

  it("is exact, is not used up by registrations, and leaves all else alone", async () => {
    await open({ addressLoginsPerMin: 5 });
    expect(allowed(await callMany(12, "/auth/login", post))).toBe(5);
    const refused = await call("/auth/login", post);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(8);
    expect(allowed(await callMany(6, "/auth/register", post))).toBe(5);
    expect(allowed(await callMany(10, "/open"))).toBe(10);
  });

  it("holds across instances", async () => {
    const first = await open({ addressLoginsPerMin: 4 });
    const other = await openEdge({
      table,
      services: { things: answeringRoutes(table) },
      options: { limits: { addressRequestsPerS: 0, userRequestsPerS: 0, addressLoginsPerMin: 4 }, redis: first.redis },
    });
    expect(allowed(await callMany(3, "/auth/login", post))).toBe(3);
    edge = other;
    expect(allowed(await callMany(3, "/auth/login", post))).toBe(1);
    await first.close();
  });

  it("goes on where it was when Redis dies", async () => {
    await open({ addressLoginsPerMin: 6, userRequestsPerS: 3 });
    const headers = await edge.bearer();
    expect(allowed(await callMany(4, "/auth/login", post))).toBe(4);
    expect(allowed(await callMany(1, "/own", { headers }))).toBe(1);
    edge.redis.disconnect();
    expect(allowed(await callMany(8, "/auth/login", post))).toBe(2);
    expect(allowed(await callMany(8, "/own", { headers }))).toBe(2);
  });
});
