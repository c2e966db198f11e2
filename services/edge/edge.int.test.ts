import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Route, route } from "#platform/http/route.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { aRoute } from "./testing/a-route.ts";
import { type EdgeUnderTest, openEdge, randomSid } from "./testing/open-edge.ts";

const ECHOED = `x-user-id x-forwarded-for x-real-ip forwarded cookie authorization x-request-id prefer idempotency-key
  last-event-id mall-signature mall-key-id mall-client-address`.split(/\s+/);
const BIG = "x".repeat(3_000_000);
let left = 0;

/** Says what reached it. */
function echo(change: Partial<Route> & Pick<Route, "method" | "path">): Route {
  return {
    access: "anyone",
    tag: "test",
    summary: "echo",
    answers: { 200: z.unknown() },
    body: z.unknown(),
    async handle(request) {
      const { caller, cause, header } = request;
      const headers = Object.fromEntries(ECHOED.map((name) => [name, header.call(request, name)]));
      return { status: 200, body: { caller, requestId: cause.causationId, headers } };
    },
    ...change,
  } as Route;
}

const plain = { access: "anyone", tag: "test", summary: "for tests", answers: { 200: z.unknown() } } as const;
const things: readonly Route[] = [
  echo({ method: "GET", path: "/things/{id}" }),
  echo({ method: "POST", path: "/things" }),
  echo({ method: "POST", path: "/calls/{channel}", access: "signed" }),
  route({
    ...plain,
    method: "POST",
    path: "/made",
    async handle() {
      const headers = { Location: "/things/7", ETag: '"1"', "Idempotency-Replayed": "true", "Set-Cookie": "a=b" };
      return { status: 201, body: {}, headers };
    },
  }),
  route({ ...plain, method: "GET", path: "/big", handle: async () => ({ status: 200, body: BIG }) }),
  route({ ...plain, method: "DELETE", path: "/things/{id}", handle: async () => ({ status: 204 }) }),
  route({
    ...plain,
    method: "POST",
    path: "/refused",
    handle: async () => ({ refused: "INVALID_CREDENTIALS", status: 401, retryAfterSeconds: 3 }),
  }),
  streamRoute(),
];

function streamRoute(): Route {
  return {
    ...plain,
    method: "GET",
    path: "/stream",
    async handle(request) {
      request.signal.addEventListener("abort", () => (left += 1));
      return { events: ticks(request.signal, Number(request.header("last-event-id") ?? 0)) };
    },
  };
}

async function* ticks(signal: AbortSignal, from: number) {
  for (let id = from + 1; !signal.aborted; id += 1) {
    yield { id: String(id), event: "tick", data: { id } };
    await delay(30);
  }
}

const table = [
  aRoute({ method: "GET", path: "/things/{id}" }),
  aRoute({ method: "DELETE", path: "/things/{id}" }),
  aRoute({ method: "POST", path: "/things", access: "anyone" }),
  aRoute({ method: "POST", path: "/calls/{channel}", access: "signed" }),
  aRoute({ method: "POST", path: "/made", access: "anyone" }),
  aRoute({ method: "GET", path: "/big", access: "anyone" }),
  aRoute({ method: "POST", path: "/refused", access: "anyone" }),
  aRoute({ method: "GET", path: "/stream", mayWait: true }),
  aRoute({ method: "GET", path: "/gone", access: "anyone", service: "gone" }),
  aRoute({ method: "GET", path: "/strange", access: "anyone", service: "strange" }),
  aRoute({ method: "GET", path: "/ghost", access: "anyone", service: "ghost" }),
];
const DEAD = "http://127.0.0.1:1";

let edge: EdgeUnderTest;
beforeAll(async () => {
  edge = await openEdge({
    table,
    services: { things, strange: [echo({ method: "GET", path: "/strange" })], users: [] },
    alsoAt: { gone: [DEAD, DEAD], things: [DEAD] },
    estranged: ["strange"],
    maxBodyBytes: 1_000,
  });
});
afterAll(() => edge.close());

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(`${edge.origin}${path}`, init);
  const text = await response.text();
  const body = (text === "" ? undefined : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });

describe("what reaches a service", () => {
  it("is the caller of the token, and nothing that only pretends to come from the edge", async () => {
    const forged = {
      ...(await edge.bearer()),
      "Mall-Identity": "v1.e30.x",
      "X-User-Id": "1",
      "X-Forwarded-For": "10.0.0.1",
      "X-Real-IP": "10.0.0.1",
      Forwarded: "for=10.0.0.1",
      Cookie: "session=1",
      "X-Request-Id": "mine-mine-mine",
      "Mall-Client-Address": "10.0.0.1",
      "Mall-Signature": "f".repeat(64),
      Prefer: "wait=5",
      "Idempotency-Key": "key-1",
      "Last-Event-ID": "3",
    };
    const { status, body, headers } = await call("/api/things/7", { headers: forged });
    expect(status).toBe(200);
    expect(body).toEqual({
      caller: { userId: "42", roles: ["shopper"] },
      requestId: headers.get("x-request-id"),
      headers: {
        "x-request-id": headers.get("x-request-id"),
        "mall-client-address": "127.0.0.1",
        prefer: "wait=5",
        "idempotency-key": "key-1",
        "last-event-id": "3",
      },
    });
    expect(headers.get("x-request-id")).not.toBe("mine-mine-mine");
  });

  it("is anonymous on an open route, with the signature only where a route asks for one", async () => {
    const signature = { "Mall-Key-Id": "k1", "Mall-Signature": "f".repeat(64) };
    const open = await post("/api/things", {}, { ...signature, ...(await edge.bearer()) });
    expect(open.body).toMatchObject({ caller: { userId: null, roles: [] } });
    expect(open.body["headers"]).not.toHaveProperty("mall-signature");
    const signed = await post("/api/calls/FAKE", {}, signature);
    expect(signed.body["headers"]).toMatchObject({ "mall-key-id": "k1", "mall-signature": "f".repeat(64) });
  });
});

describe("what comes back", () => {
  it("is the service's status, body and headers, with the outer path in Location and without the rest", async () => {
    const { status, headers } = await post("/api/made", {});
    expect(status).toBe(201);
    expect(headers.get("location")).toBe("/api/things/7");
    expect(headers.get("etag")).toBe('"1"');
    expect(headers.get("idempotency-replayed")).toBe("true");
    expect(headers.get("set-cookie")).toBeNull();
  });

  it("is whole when it is large, and nothing when there is nothing", async () => {
    expect((await call("/api/big")).body).toBe(BIG);
    const empty = await call("/api/things/7", { method: "DELETE", headers: await edge.bearer() });
    expect(empty).toMatchObject({ status: 204, body: undefined });
  });

  it("is a service's own 401 unchanged", async () => {
    const { status, body, headers } = await post("/api/refused", {});
    expect({ status, code: body["code"] }).toEqual({ status: 401, code: "INVALID_CREDENTIALS" });
    expect(headers.get("retry-after")).toBe("3");
  });

  it.each([
    { what: "a path that is not in the table", method: "GET", path: "/api/nothing", status: 404, code: "NOT_FOUND" },
    { what: "an inner path", method: "GET", path: "/api/internal/sessions/1", status: 404, code: "NOT_FOUND" },
    { what: "a path outside /api", method: "GET", path: "/things/7", status: 404, code: "NOT_FOUND" },
    {
      what: "the edge's own routes without /api",
      method: "POST",
      path: "/cart/settle",
      status: 404,
      code: "NOT_FOUND",
    },
    {
      what: "a path that needs decoding",
      method: "GET",
      path: "/api/things/..%2fsecret",
      status: 404,
      code: "NOT_FOUND",
    },
    { what: "another method", method: "PATCH", path: "/api/things/7", status: 405, code: "METHOD_NOT_ALLOWED" },
    { what: "no token", method: "GET", path: "/api/things/7", status: 401, code: "UNAUTHENTICATED" },
    { what: "a service that is away", method: "GET", path: "/api/gone", status: 503, code: "SERVICE_UNAVAILABLE" },
    {
      what: "a service that does not believe the edge",
      method: "GET",
      path: "/api/strange",
      status: 503,
      code: "SERVICE_UNAVAILABLE",
    },
    {
      what: "a service that nobody configured",
      method: "GET",
      path: "/api/ghost",
      status: 503,
      code: "SERVICE_UNAVAILABLE",
    },
  ])("for $what is a problem document with a request id", async ({ method, path, status, code }) => {
    const started = performance.now();
    const answer = await call(path, { method });
    expect(answer).toMatchObject({ status, body: { status, code, requestId: answer.headers.get("x-request-id") } });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("retry-after")).toBe(status === 503 ? "1" : null);
    expect(answer.headers.get("allow")).toBe(status === 405 ? "GET, DELETE" : null);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it("for a body above the limit is 413, announced or not", async () => {
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(JSON.stringify({ text: "x".repeat(2_000) })));
        controller.close();
      },
    });
    const headers = { "content-type": "application/json" };
    for (const body of [JSON.stringify({ text: "x".repeat(2_000) }), chunked]) {
      const answer = await call("/api/things", { method: "POST", headers, body, duplex: "half" } as RequestInit);
      expect(answer).toMatchObject({ status: 413, body: { code: "BODY_TOO_LARGE" } });
    }
  });
});

describe("an access token", () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = () => {
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now, exp: now + 300 };
    return { iss: "mall-users", aud: "mall-edge", sub: "42", sid: "1", roles: ["shopper"], ...times };
  };

  it("that is not signed, or signed with the public key as a secret, is refused", async () => {
    const none = `${encode({ alg: "none", typ: "at+jwt" })}.${encode(claims())}.`;
    const head = `${encode({ alg: "HS256", typ: "at+jwt" })}.${encode(claims())}`;
    const confused = `${head}.${createHmac("sha256", edge.publicKeyPem).update(head).digest("base64url")}`;
    for (const token of [none, `${none}x`, confused, "x", ""]) {
      const answer = await call("/api/things/7", { headers: { authorization: `Bearer ${token}` } });
      expect(answer).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED" } });
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
  });

  it("of another role is refused with 403", async () => {
    const answer = await call("/api/things/7", { headers: await edge.bearer(["merchant", "ops"]) });
    expect(answer).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  });

  it("of an ended session is refused", async () => {
    const sid = randomSid();
    await edge.redis.set(`revoked:${sid}`, 1);
    expect((await call("/api/things/7", { headers: await edge.bearer(["shopper"], sid) })).status).toBe(401);
  });
});

describe("an event stream", () => {
  it("is one of a hundred that a caller may hold open", async () => {
    const [mine, other] = await Promise.all(["77", "78"].map((id) => edge.bearer(["shopper"], randomSid(), id)));
    const controller = new AbortController();
    const open = (headers: Record<string, string>) =>
      fetch(`${edge.origin}/api/stream`, { headers, signal: controller.signal });
    const answers = await Promise.all(Array.from({ length: 103 }, () => open(mine!)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    const refused = answers.find(({ status }) => status !== 200)!;
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await refused.json()).toMatchObject({ code: "RATE_LIMITED" });
    expect((await open(other!)).status).toBe(200);
    controller.abort();
    await eventually(async () => {
      const again = new AbortController();
      const { status } = await fetch(`${edge.origin}/api/stream`, { headers: mine!, signal: again.signal });
      again.abort();
      return status === 200;
    });
  });

  it("comes event by event, resumes, and ends at the service when the client leaves", async () => {
    const controller = new AbortController();
    const headers = { ...(await edge.bearer()), "last-event-id": "4" };
    const response = await fetch(`${edge.origin}/api/stream`, { headers, signal: controller.signal });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("id: 7")) text += (await reader.read()).value ?? "";
    expect(text.startsWith("id: 5\nevent: tick\n")).toBe(true);
    const before = left;
    controller.abort();
    await eventually(() => left > before);
  });
});

describe("a service that hangs up", () => {
  it("before it answered is 503, in the middle of an answer cuts the answer off", async () => {
    const rude = createServer((request, response) => {
      if (request.url === "/before") return request.socket.destroy();
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    const { port } = rude.address() as { port: number };
    const routes = ["/before", "/middle"].map((path) =>
      aRoute({ method: "GET", path, access: "anyone", service: "rude" }),
    );
    const other = await openEdge({ table: routes, services: {}, alsoAt: { rude: [`http://127.0.0.1:${port}`] } });
    const before = await fetch(`${other.origin}/api/before`);
    expect(before.status).toBe(503);
    await before.text();
    const middle = await fetch(`${other.origin}/api/middle`);
    await expect(middle.text()).rejects.toThrow("terminated");
    await other.close();
    rude.closeAllConnections();
    await new Promise((resolve) => rude.close(resolve));
  });
});

describe("the edge itself", () => {
  it("shows health and metrics beside /api", async () => {
    expect((await call("/health/live")).body).toEqual({ ok: true });
    expect((await call("/health/ready")).body).toEqual({ ok: true, checks: { redis: "up" } });
    const metrics = await (await fetch(`${edge.origin}/metrics`)).text();
    expect(metrics).toMatch(/http_request_duration_seconds_count\{[^}]*route="\/things\/\{id\}"/);
  });

  it("ends streams and takes no new connection when it stops", async () => {
    const other = await openEdge({ table, services: { things }, maxBodyBytes: 1_000 });
    const response = await fetch(`${other.origin}/api/stream`, { headers: await other.bearer() });
    const text = response.text();
    await other.stopHttp();
    expect(await text).toContain("event: tick");
    await expect(fetch(`${other.origin}/health/live?${randomUUID()}`)).rejects.toThrow("fetch failed");
    await other.close();
  });
});
