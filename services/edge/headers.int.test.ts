import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Route, route } from "#platform/http/route.ts";
import { z } from "zod";
import { aRoute } from "./testing/a-route.ts";
import { type EdgeUnderTest, openEdge } from "./testing/open-edge.ts";

const KEPT = { "Cache-Control": "public, max-age=60" };
const shown = { tag: "test", summary: "for tests", answers: { 200: z.unknown() }, query: z.unknown() } as const;
const handle = async () => ({ status: 200, body: {}, headers: KEPT });
const things: readonly Route[] = [
  route({ ...shown, method: "GET", path: "/open", access: "anyone", handle }),
  route({ ...shown, method: "GET", path: "/own", access: "shopper", handle }),
  route({
    ...shown,
    method: "POST",
    path: "/plain",
    access: "anyone",
    handle: async () => ({ status: 200, body: {} }),
  }),
];
const table = [
  aRoute({ method: "GET", path: "/open", access: "anyone" }),
  aRoute({ method: "GET", path: "/own" }),
  aRoute({ method: "POST", path: "/plain", access: "anyone" }),
  aRoute({ method: "POST", path: "/cart/settle", service: "edge" }),
  aRoute({ method: "GET", path: "/docs", service: "edge", access: "anyone" }),
];
const ORIGIN = "https://shop.example";

let edge: EdgeUnderTest;
beforeAll(async () => {
  edge = await openEdge({ table, services: { things }, options: { production: true, corsOrigins: [ORIGIN] } });
});
afterAll(() => edge.close());

async function headersOf(path: string, init: RequestInit = {}): Promise<{ status: number; headers: Headers }> {
  const response = await fetch(`${edge.origin}${path}`, init);
  await response.arrayBuffer();
  return response;
}

const ALWAYS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
};
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

describe("every answer", () => {
  it.each([
    { what: "an open answer", path: "/api/open", status: 200, cache: "public, max-age=60" },
    { what: "an open answer that says nothing of caches", path: "/api/plain", method: "POST", status: 200 },
    { what: "a private answer", path: "/api/own", bearer: true, status: 200 },
    { what: "an answer of the edge's own", path: "/api/cart/settle", method: "POST", bearer: true, status: 200 },
    { what: "a refusal", path: "/api/own", status: 401 },
    { what: "a path that is not there", path: "/api/nothing", status: 404 },
    { what: "a method that is not there", path: "/api/own", method: "PUT", status: 405 },
    { what: "health", path: "/health/live", status: 200, cache: null },
  ])("tells browsers what not to do: $what", async ({ path, method = "GET", bearer, status, cache = "no-store" }) => {
    const answer = await headersOf(path, { method, headers: bearer ? await edge.bearer() : {} });
    expect(answer.status).toBe(status);
    const policy = { "content-security-policy": API_POLICY };
    expect(Object.fromEntries(answer.headers)).toMatchObject({ ...ALWAYS, ...policy });
    expect(answer.headers.get("cache-control")).toBe(cache);
    expect(answer.headers.has("x-powered-by") || answer.headers.has("server")).toBe(false);
  });

  it("but the document is none: it may show its own style and nothing else", async () => {
    const answer = await headersOf("/api/docs");
    expect(Object.fromEntries(answer.headers)).toMatchObject(ALWAYS);
    expect(answer.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; frame-ancestors 'none'$/,
    );
  });

  it("asks for TLS in production only", async () => {
    const other = await openEdge({ table, services: { things } });
    const answer = await fetch(`${other.origin}/api/open`);
    await answer.arrayBuffer();
    expect(answer.headers.has("strict-transport-security")).toBe(false);
    await other.close();
  });
});

describe("pages of other origins", () => {
  const asked = { "access-control-request-method": "GET", "access-control-request-headers": "authorization" };

  it("may call when their origin is exactly one that is configured", async () => {
    const answer = await headersOf("/api/open", { headers: { origin: ORIGIN } });
    expect(answer.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("vary")).toContain("Origin");
    const preflight = await headersOf("/api/own", { method: "OPTIONS", headers: { origin: ORIGIN, ...asked } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization");
  });

  it.each(["https://shop.example.evil.example", "http://shop.example", "https://SHOP.example", "null"])(
    "may not as %s",
    async (origin) => {
      const answer = await headersOf("/api/open", { headers: { origin } });
      expect(answer.headers.has("access-control-allow-origin")).toBe(false);
      const preflight = await headersOf("/api/own", { method: "OPTIONS", headers: { origin, ...asked } });
      expect(preflight.status).toBe(405);
      expect(preflight.headers.has("access-control-allow-methods")).toBe(false);
    },
  );
});

describe("a request that is not as it should be", () => {
  it.each(["/api/open?a=1&a=2", "/api/open?a=1&%61=2", "/api/open?a&b&a"])("is refused: %s", async (path) => {
    const response = await fetch(`${edge.origin}${path}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "VALIDATION_FAILED",
      errors: [{ path: "query.a", message: "given more than once" }],
    });
  });

  it("is refused when it brings a length and chunks", async () => {
    const { port } = new URL(edge.origin);
    const lines = ["POST /api/plain HTTP/1.1", "Host: shop", "Content-Length: 4", "Transfer-Encoding: chunked"];
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1");
      let text = "";
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("close", () => resolve(text));
      socket.write([...lines, "", "0", "", "GET /api/open HTTP/1.1", "Host: shop", "", ""].join("\r\n"));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it.each(["TRACE", "OPTIONS", "HEAD", "PATCH"])("is refused when its method is %s", async (method) => {
    const { port } = new URL(edge.origin);
    const status = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.once("data", (chunk) => {
        socket.destroy();
        resolve(chunk.toString().split("\r\n")[0]!);
      });
      socket.write(`${method} /api/open HTTP/1.1\r\nHost: shop\r\n\r\n`);
    });
    expect(status).toBe("HTTP/1.1 405 Method Not Allowed");
  });
});
