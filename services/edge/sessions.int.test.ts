import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Route } from "#platform/http/route.ts";
import { aRoute } from "./testing/a-route.ts";
import { type EdgeUnderTest, openEdge, randomSid } from "./testing/open-edge.ts";

const shown = { tag: "test", summary: "for tests", answers: { 200: z.unknown() } } as const;
const things: readonly Route[] = [
  { ...shown, method: "GET", path: "/things", access: "shopper", handle: async () => ({ status: 200, body: {} }) },
];
const table = [aRoute({ method: "GET", path: "/things" })];

const ended = new Set<string>();
let asked = 0;
const users: readonly Route[] = [
  {
    ...shown,
    method: "GET",
    path: "/internal/sessions/{sid}",
    access: "anyone",
    params: z.object({ sid: z.string() }),
    async handle({ params }: { params: { sid: string } }) {
      asked += 1;
      return { status: 200, body: { alive: !ended.has(params.sid) } };
    },
  } as Route,
];

async function get(edge: EdgeUnderTest, sid: string): Promise<Response> {
  const response = await fetch(`${edge.origin}/api/things`, { headers: await edge.bearer(["shopper"], sid) });
  await response.arrayBuffer();
  return response;
}

describe("when Redis knows", () => {
  let edge: EdgeUnderTest;
  beforeAll(async () => {
    edge = await openEdge({ table, services: { things, users } });
  });
  afterAll(() => edge.close());

  it("users is not asked", async () => {
    const before = asked;
    expect((await get(edge, randomSid())).status).toBe(200);
    expect(asked).toBe(before);
  });

  it("but for its marker, users is asked, once per session", async () => {
    await edge.redis.del("revoked:marker");
    const [open, over] = [randomSid(), randomSid()];
    ended.add(over);
    const before = asked;
    for (const _again of [1, 2, 3]) {
      expect((await get(edge, open)).status).toBe(200);
      expect((await get(edge, over)).status).toBe(401);
    }
    expect(asked).toBe(before + 2);
  });
});

describe("when Redis is away", () => {
  it("users is asked", async () => {
    const edge = await openEdge({ table, services: { things, users }, withRedis: false });
    const over = randomSid();
    ended.add(over);
    expect((await get(edge, randomSid())).status).toBe(200);
    expect((await get(edge, over)).status).toBe(401);
    await edge.close();
  });

  it("and users too, nobody who needs a session is let through", async () => {
    const dead = { users: ["http://127.0.0.1:1"] };
    const edge = await openEdge({ table, services: { things }, alsoAt: dead, withRedis: false });
    const response = await get(edge, randomSid());
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    await edge.close();
  });
});
