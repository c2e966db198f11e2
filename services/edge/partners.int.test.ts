import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SignatureHeaders, signRequest } from "#platform/security/request-signing.ts";
import { aRoute } from "./testing/a-route.ts";
import { answeringRoutes } from "./testing/answering-service.ts";
import { type EdgeUnderTest, openEdge } from "./testing/open-edge.ts";

const table = [
  aRoute({ method: "POST", path: "/admin/things/{id}", access: "merchant" }),
  aRoute({ method: "PUT", path: "/admin/things/{id}", access: "merchant" }),
  aRoute({ method: "GET", path: "/own" }),
  aRoute({ method: "GET", path: "/open", access: "anyone" }),
];
const [oldSecret, newSecret, appSecret] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const partnerKeys = {
  old: { secret: oldSecret.toString("base64"), roles: ["merchant"] },
  new: { secret: newSecret.toString("base64"), roles: ["merchant"] },
  app: { secret: appSecret.toString("base64"), userId: "77", roles: ["shopper"] },
};
const body = JSON.stringify({ quantity: 1 });
const usual = { method: "POST", path: "/api/admin/things/7", query: "b=2&a=1", body };

let edge: EdgeUnderTest;
beforeAll(async () => {
  edge = await openEdge({ table, services: { things: answeringRoutes(table) }, options: { partnerKeys } });
  // As of an edge that has been up for a while.
  await edge.redis.set("nonce:edge:marker", 1);
});
afterAll(() => edge.close());

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

function signed(change: object = {}, secret = oldSecret): SignatureHeaders {
  const parts = { ...usual, keyId: "old", createdSeconds: nowSeconds(), ...change };
  return signRequest({ ...parts, body: Buffer.from(parts.body) }, secret);
}

async function send(headers: object, change: Partial<typeof usual> = {}, origin = edge.origin) {
  const { method, path, query, body: sent } = { ...usual, ...change };
  const init = { method, headers: { "content-type": "application/json", ...headers } as Record<string, string> };
  const url = `${origin}${path}${query === "" ? "" : `?${query}`}`;
  const response = await fetch(url, method === "GET" ? init : { ...init, body: sent });
  const answer = (await response.json()) as { code?: string; caller?: unknown; length?: number };
  return { status: response.status, code: answer.code, caller: answer.caller, length: answer.length };
}

const REFUSED = { status: 401, code: "SIGNATURE_INVALID" };

describe("a request that a partner signed", () => {
  it("acts as that partner, its body whole", async () => {
    const caller = { userId: "0", roles: ["merchant"] };
    expect(await send(signed())).toMatchObject({ status: 200, caller, length: body.length });
    const get = { method: "GET", path: "/api/own", query: "", body: "" };
    const asApp = signed({ ...get, keyId: "app" }, appSecret);
    expect(await send(asApp, get)).toMatchObject({ status: 200, caller: { userId: "77", roles: ["shopper"] } });
  });

  it("may be signed with either of two keys, and name its parameters in any order", async () => {
    expect((await send(signed({ keyId: "new" }, newSecret))).status).toBe(200);
    expect((await send(signed(), { query: "a=1&b=2" })).status).toBe(200);
  });

  it("gets no further than the roles of the key", async () => {
    const headers = signed({ keyId: "app" }, appSecret);
    expect(await send(headers)).toMatchObject({ status: 403, code: "FORBIDDEN" });
  });

  it("is refused when a parameter is given twice, though signed so", async () => {
    expect(await send(signed({ query: "a=1&a=2" }), { query: "a=1&a=2" })).toMatchObject({
      status: 400,
      code: "VALIDATION_FAILED",
    });
  });

  it.each([
    { part: "the method", change: { method: "PUT" } },
    { part: "the path", change: { path: "/api/admin/things/8" } },
    { part: "a parameter", change: { query: "a=1&b=3" } },
    { part: "one parameter more", change: { query: "a=1&b=2&c=3" } },
    { part: "the body", change: { body: JSON.stringify({ quantity: 2 }) } },
  ])("is refused when $part was changed", async ({ change }) => {
    expect(await send(signed(), change)).toMatchObject(REFUSED);
  });

  it("is refused when a header of the signature was changed or is missing", async () => {
    const good = signed();
    const changes: Partial<SignatureHeaders>[] = [
      { "Mall-Key-Id": "new" },
      { "Mall-Key-Id": "nobody" },
      { "Mall-Created": String(nowSeconds() - 1) },
      { "Mall-Nonce": randomBytes(16).toString("hex") },
      { "Mall-Signature": "f".repeat(64) },
      { "Mall-Signature": "" },
    ];
    for (const change of changes) expect(await send({ ...good, ...change })).toMatchObject(REFUSED);
    const { "Mall-Nonce": _, ...withoutNonce } = good;
    expect(await send(withoutNonce)).toMatchObject(REFUSED);
    expect((await send(good)).status).toBe(200);
  });

  it("is refused when it is more than a minute old, or of the future", async () => {
    for (const apart of [-62, 62]) {
      expect(await send(signed({ createdSeconds: nowSeconds() + apart }))).toMatchObject(REFUSED);
    }
    for (const apart of [-57, 57])
      expect((await send(signed({ createdSeconds: nowSeconds() + apart }))).status).toBe(200);
  });

  it.each([
    ["the key is unknown", { "Mall-Key-Id": "nobody" }, 401],
    ["it was signed too long ago", { "Mall-Created": "1" }, 401],
    ["the key has another role", { "Mall-Key-Id": "app" }, 403],
  ])("is refused before its body has come when %s", async (_when, change, status) => {
    const headers = { ...signed(), ...change, "content-length": "60000" };
    const asked = request(`${edge.origin}/api/admin/things/7?b=2&a=1`, { method: "POST", headers });
    asked.on("error", () => undefined).flushHeaders();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    expect(answer.statusCode).toBe(status);
    asked.destroy();
  });

  it("counts once, also when it comes many times at once", async () => {
    const headers = signed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(headers)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === "SIGNATURE_INVALID")).toHaveLength(9);
  });

  it("is not heard again after Redis lost what it knew", async () => {
    const used = signed();
    expect((await send(used)).status).toBe(200);
    await edge.redis.del("nonce:edge:marker", `nonce:edge:old:${used["Mall-Nonce"]}`);
    expect(await send(used)).toMatchObject(REFUSED);
    await edge.redis.set("nonce:edge:marker", 1);
  });

  it("is not let in while Redis is away", async () => {
    const services = { things: answeringRoutes(table) };
    const without = await openEdge({ table, services, options: { partnerKeys }, withRedis: false });
    const answer = await send(signed(), {}, without.origin);
    expect(answer).toMatchObject({ status: 503, code: "AUTH_UNAVAILABLE" });
    await without.close();
  });
});

describe("a signature beside something else", () => {
  it("does not count beside a token", async () => {
    expect((await send({ ...signed(), ...(await edge.bearer()) })).code).toBe("FORBIDDEN");
    expect((await send({ ...signed(), authorization: "Bearer x.y.z" })).code).toBe("UNAUTHENTICATED");
  });

  it("makes nobody of a caller where none is needed", async () => {
    const get = { method: "GET", path: "/api/open", query: "", body: "" };
    expect(await send({ "Mall-Key-Id": "nobody" }, get)).toMatchObject({ status: 200, caller: { userId: null } });
  });
});
