import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Route, route } from "#platform/http/route.ts";
import { signRequest } from "#platform/security/request-signing.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { z } from "zod";
import { aRoute } from "./testing/a-route.ts";
import { type EdgeUnderTest, openEdge } from "./testing/open-edge.ts";

const shown = { tag: "test", summary: "for tests", answers: { 200: z.unknown() }, body: z.unknown() } as const;
const services: Record<string, readonly Route[]> = {
  things: [
    route({
      ...shown,
      method: "POST",
      path: "/auth/login",
      access: "anyone",
      async handle({ body }) {
        const isRight = (body as { password?: string }).password === "right";
        return isRight ? { status: 200, body: {} } : { refused: "INVALID_CREDENTIALS", status: 401 };
      },
    }),
    route({
      ...shown,
      method: "POST",
      path: "/calls/{channel}",
      access: "anyone",
      handle: async () => ({ refused: "SIGNATURE_INVALID", status: 401 }),
    }),
    route({ ...shown, method: "POST", path: "/admin", access: "merchant", handle: async () => ({ status: 200 }) }),
  ],
};
const table = [
  aRoute({ method: "POST", path: "/auth/login", access: "anyone" }),
  aRoute({ method: "POST", path: "/calls/{channel}", access: "signed" }),
  aRoute({ method: "POST", path: "/admin", access: "merchant" }),
];
const secret = randomBytes(32);
const partnerKeys = { partner: { secret: secret.toString("base64"), roles: ["merchant"] } };
const limits = { addressRequestsPerS: 0, userRequestsPerS: 0, addressLoginsPerMin: 2 };
const lines: Record<string, unknown>[] = [];

let edge: EdgeUnderTest;
beforeAll(async () => {
  edge = await openEdge({ table, services, lines, options: { partnerKeys, limits, trustedProxies: ["127.0.0.1"] } });
  await edge.redis.set("nonce:edge:marker", 1);
});
afterAll(() => edge.close());

async function post(path: string, headers: Record<string, string> = {}, body: object = {}): Promise<void> {
  const init = { method: "POST", body: JSON.stringify(body) };
  const sent = { "content-type": "application/json", ...headers };
  await (await fetch(`${edge.origin}/api${path}`, { ...init, headers: sent })).arrayBuffer();
}

/** What was noted since the last time this was asked, each once. */
async function noted(atLeast: number): Promise<Record<string, unknown>[]> {
  const found = () => lines.filter((line) => "security" in line && !("again" in line));
  await eventually(() => found().length >= atLeast);
  const all = found();
  lines.length = 0;
  return all;
}

describe("the security log", () => {
  it("has log-ins and their failures, and one line for a limit that is hit again and again", async () => {
    await post("/auth/login", {}, { username: "ada", password: "right" });
    await post("/auth/login", {}, { username: "ada", password: "wrong-canary" });
    for (const _again of [1, 2, 3]) await post("/auth/login", {}, {});
    const all = await noted(3);
    const where = { address: "127.0.0.1", userId: null, method: "POST", route: "/auth/login" };
    expect(all).toMatchObject([
      { security: "login-succeeded", level: "info", ...where },
      { security: "login-failed", level: "warn", ...where },
      { security: "limit-hit", level: "warn", limit: "login", ...where },
    ]);
    expect(JSON.stringify(all)).not.toContain("canary");
    expect(all.every(({ requestId }) => typeof requestId === "string")).toBe(true);
  });

  it("says how often a caller was refused again, not each time", async () => {
    const from = { "x-forwarded-for": "192.0.2.7" };
    const tries = Array.from({ length: 12 }, () => post("/admin", { ...from, authorization: "Bearer x.y.z" }));
    await Promise.all(tries);
    const found = () =>
      lines.filter(({ security, address }) => security === "token-refused" && address === "192.0.2.7");
    await eventually(() => found().some((line) => "again" in line));
    expect(found().reduce((times, { again }) => times + (again === undefined ? 1 : Number(again)), 0)).toBe(12);
    expect(found().length).toBeLessThan(6);
    lines.length = 0;
  });

  it("has denials, tokens that are not good, and the black list", async () => {
    await post("/admin", await edge.bearer(["shopper"], "1", "7"));
    await post("/admin", { authorization: "Bearer x.y.z" });
    await post("/admin");
    expect(await noted(2)).toMatchObject([
      { security: "access-denied", userId: "7", route: "/admin" },
      { security: "token-refused", userId: null, route: "/admin" },
    ]);
    await edge.redis.hset("access-list:black", "address:192.0.2.9", "{}");
    await edge.redis.publish("access-lists", "changed");
    await eventually(async () => {
      await post("/admin", { "x-forwarded-for": "192.0.2.9" });
      return lines.some(({ security }) => security === "black-list-hit");
    });
    expect((await noted(1)).at(-1)).toMatchObject({ security: "black-list-hit", address: "192.0.2.9" });
  });

  it("has signatures that do not fit, and those that were used before", async () => {
    const parts = { method: "POST", path: "/api/admin", query: "", body: Buffer.from("{}") };
    const headers = signRequest({ ...parts, keyId: "partner", createdSeconds: Math.floor(Date.now() / 1_000) }, secret);
    await post("/admin", { ...headers, "Mall-Signature": "f".repeat(64) });
    await post("/admin", { ...headers });
    await post("/admin", { ...headers });
    await post("/calls/FAKE", { ...headers, "x-forwarded-for": "192.0.2.8" });
    expect(await noted(3)).toMatchObject([
      { security: "signature-refused", reason: "mismatch", route: "/admin" },
      { security: "replay-refused", reason: "replayed", route: "/admin" },
      { security: "signature-refused", route: "/calls/{channel}" },
    ]);
  });

  it("cannot be made to tell a line that was not written by it", async () => {
    // Only what a line holds of the request itself could carry a line feed: nothing of it is free text.
    await post("/calls/a%0d%0a%7b%22security%22:%22login-succeeded%22%7d", {}, { text: "\r\n{}" });
    const authorization = 'Bearer x.y.z, {"security":"login-succeeded"}';
    await post("/admin", { authorization, "x-forwarded-for": "192.0.2.10" });
    const all = await noted(1);
    expect(all).toMatchObject([{ security: "token-refused" }]);
    expect(JSON.stringify(all)).not.toContain("login-succeeded");
  });
});
