import { createServer, type Server, type ServerResponse } from "node:http";
import { Pool } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "#platform/testing/eventually.ts";
import { aRoute } from "./testing/a-route.ts";
import { type EdgeUnderTest, openEdge } from "./testing/open-edge.ts";

const table = [
  aRoute({ method: "GET", path: "/waits", access: "anyone", mayWait: true }),
  aRoute({ method: "GET", path: "/export", access: "anyone" }),
];

let held: ServerResponse[];
let service: Server;
let edge: EdgeUnderTest;
beforeEach(async () => {
  held = [];
  service = createServer((request, response) => {
    if (request.url === "/export") response.writeHead(200, { "content-type": "text/csv" }).write("first,");
    held.push(response);
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as { port: number };
  edge = await openEdge({
    table,
    services: {},
    alsoAt: { things: [`http://127.0.0.1:${port}`] },
    // One connection for what may be held open.
    options: {
      openPool: (origin, options) => new Pool(origin, { ...options, connections: options.connections === 64 ? 64 : 1 }),
    },
  });
});
afterEach(async () => {
  await edge.close();
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
});

const get = (path: string) => fetch(`${edge.origin}/api${path}`);

describe("a wait for which no connection is left", () => {
  it("ends after three seconds, and the service is not blamed for it", async () => {
    const first = get("/waits");
    await eventually(() => held.length === 1);
    const started = performance.now();
    const others = await Promise.all([1, 2, 3, 4].map(() => get("/waits")));
    expect(others.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    expect(performance.now() - started).toBeGreaterThan(2_900);
    held[0]!.writeHead(200, { "content-length": "2" }).end("{}");
    expect((await first).status).toBe(200);
    const again = get("/waits");
    await eventually(() => held.length === 2);
    held[1]!.writeHead(200, { "content-length": "2" }).end("{}");
    expect((await again).status).toBe(200);
  });
});

describe("an answer without a length", () => {
  it("is given to its end when the edge stops meanwhile", async () => {
    const answer = await get("/export");
    const stopped = edge.stopHttp();
    held[0]!.end("last");
    expect(await answer.text()).toBe("first,last");
    await stopped;
  });
});
