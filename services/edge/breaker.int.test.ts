import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "#platform/testing/eventually.ts";
import { aRoute } from "./testing/a-route.ts";
import { answeringRoutes } from "./testing/answering-service.ts";
import { type EdgeUnderTest, openEdge } from "./testing/open-edge.ts";

const table = [
  aRoute({ method: "GET", path: "/frozen", access: "anyone", service: "frozen" }),
  aRoute({ method: "POST", path: "/frozen", access: "anyone", service: "frozen" }),
  aRoute({ method: "GET", path: "/dead", access: "anyone", service: "dead" }),
  aRoute({ method: "GET", path: "/things", access: "anyone" }),
];

let isFrozen = true;
let reached = 0;
let service: Server;
let edge: EdgeUnderTest;
beforeEach(async () => {
  isFrozen = true;
  service = createServer((request, response) => {
    if (request.url !== "/health/live") reached += 1;
    if (!isFrozen) response.writeHead(200, { "content-length": "2" }).end("{}");
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as { port: number };
  const alsoAt = { frozen: [`http://127.0.0.1:${port}`], dead: ["http://127.0.0.1:1"] };
  edge = await openEdge({ table, services: { things: answeringRoutes(table) }, alsoAt });
});
afterEach(async () => {
  await edge.close();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

async function call(path: string, init: RequestInit = {}) {
  const started = performance.now();
  const response = await fetch(`${edge.origin}/api${path}`, init);
  await response.arrayBuffer();
  return { status: response.status, retryAfter: response.headers.get("retry-after"), ms: performance.now() - started };
}

const many = (times: number, path: string, init: RequestInit = {}) =>
  Promise.all(Array.from({ length: times }, () => call(path, init)));

describe("a service that accepts and never answers", () => {
  it("is given three seconds once, then refused at once, until it lives again", async () => {
    const waiting = await many(8, "/frozen");
    expect(waiting.every(({ status, retryAfter }) => status === 503 && retryAfter === "1")).toBe(true);
    const before = reached;
    const refused = await many(20, "/frozen");
    expect(refused.every(({ status, retryAfter, ms }) => status === 503 && retryAfter === "1" && ms < 300)).toBe(true);
    expect(reached).toBe(before);
    expect((await call("/things")).status).toBe(200);
    isFrozen = false;
    await eventually(async () => (await call("/frozen")).status === 200, { withinMs: 3_000 });
  });

  it("keeps nobody waiting who came before it was found out, whatever they wanted", async () => {
    const commands = many(3, "/frozen", { method: "POST" });
    await many(6, "/frozen");
    for (const { status, ms } of await commands) expect([status, ms < 5_000]).toEqual([503, true]);
  });

  it("is not blamed for clients that leave", async () => {
    const leaving = Array.from({ length: 20 }, () => {
      const signal = AbortSignal.timeout(100);
      return call("/frozen", { signal }).catch(() => undefined);
    });
    await Promise.all(leaving);
    const before = reached;
    isFrozen = false;
    expect((await call("/frozen")).status).toBe(200);
    expect(reached).toBe(before + 1);
  });
});

describe("a service that nobody listens for", () => {
  it("is 503 at once, and all else goes on", async () => {
    const answers = await many(30, "/dead");
    expect(answers.every(({ status, retryAfter, ms }) => status === 503 && retryAfter === "1" && ms < 500)).toBe(true);
    expect((await call("/things")).status).toBe(200);
  });
});
