import { connect } from "node:net";
import Koa from "koa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "../logging/logger.ts";
import { type RunningServer, startServer } from "./server.ts";

const log = createLogger({ service: "test", instance: "test-1", level: "silent" });
let reached = 0;
let server: RunningServer;

beforeAll(async () => {
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx) => {
    reached += 1;
    for await (const _chunk of ctx.req);
    ctx.body = "ok";
  });
  const limits = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 };
  server = await startServer(app, { port: 0, log, limits });
});
afterAll(() => server.stop(100));

/** All that comes back until the server hangs up. */
function send(...lines: string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
    socket.write(lines.join("\r\n"));
  });
}

const HEAD = ["POST / HTTP/1.1", "Host: shop", "Connection: close"];

describe("a request that two readers could read in two ways", () => {
  it.each([
    ["a length and chunks", [...HEAD, "Content-Length: 5", "Transfer-Encoding: chunked", "", "0", "", ""]],
    ["chunks and a length", [...HEAD, "Transfer-Encoding: chunked", "Content-Length: 5", "", "0", "", ""]],
    ["two lengths", [...HEAD, "Content-Length: 0", "Content-Length: 5", "", "hello"]],
    ["an encoding that is not chunks", [...HEAD, "Transfer-Encoding: chunked, identity", "", "0", "", ""]],
    ["a length that is no number", [...HEAD, "Content-Length: +5", "", "hello"]],
    ["a folded header", [...HEAD, "Content-Length: 5", " 0", "", "hello"]],
    ["a blank before the colon", [...HEAD, "Content-Length : 5", "", "hello"]],
    ["no host", ["GET / HTTP/1.1", "Connection: close", "", ""]],
    ["no HTTP", ["hello", "", ""]],
  ])("with %s reaches nobody", async (_what, lines) => {
    const before = reached;
    const answer = await send(...lines);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(reached).toBe(before);
  });

  it("is told so in a problem document", async () => {
    const answer = await send(...HEAD, "Content-Length: x", "", "");
    expect(answer).toContain("Content-Type: application/problem+json\r\n");
    expect(JSON.parse(answer.split("\r\n\r\n")[1]!)).toMatchObject({ status: 400, code: "VALIDATION_FAILED" });
  });
});

describe("a request that expects something unheard of", () => {
  it("is answered like any other", async () => {
    const answer = await send("GET / HTTP/1.1", "Host: shop", "Connection: close", "Expect: wonders", "", "");
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe("a client that takes its time", () => {
  it("over the headers is cut off", async () => {
    const before = reached;
    expect(await send("GET / HTTP/1.1", "Host: shop", "X-Slow: ")).toMatch(/^HTTP\/1\.1 408 /);
    expect(reached).toBe(before);
  });

  it("over the body is cut off", async () => {
    const answer = await send(...HEAD, "Content-Length: 100", "", "half");
    expect(answer).not.toContain("200 OK");
  });

  it("and one with endless headers too", async () => {
    const answer = await send(...HEAD, `X-Long: ${"x".repeat(20_000)}`, "", "");
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});
