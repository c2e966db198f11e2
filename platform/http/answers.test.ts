import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { AppError } from "../errors/app-error.ts";
import { anApp, anIdentity, aRoute } from "../testing/an-app.ts";
import type { EventStream } from "./route.ts";

const failing = (error: unknown) => aRoute({ method: "GET" }, () => Promise.reject(error as Error));

describe("answers", () => {
  test("carry status, headers and body; text and bytes of a type of their own go out as they are", async () => {
    const { call } = await anApp([
      aRoute({ path: "/a" }, async () => ({ status: 202, body: { a: 1 }, headers: { Location: "/a/1" } })),
      aRoute({ path: "/b" }, async () => ({ status: 204 })),
      aRoute({ path: "/c" }, async () => ({ status: 200, body: "<p>", headers: { "Content-Type": "text/html" } })),
      aRoute({ path: "/d" }, async () => ({ status: 200, body: "text" })),
    ]);
    expect(await call("POST", "/a")).toMatchObject({ status: 202, body: { a: 1 }, headers: { location: "/a/1" } });
    expect(await call("POST", "/b")).toMatchObject({ status: 204, text: "" });
    expect(await call("POST", "/c")).toMatchObject({ text: "<p>", headers: { "content-type": "text/html" } });
    expect((await call("POST", "/d")).text).toBe('"text"');
  });

  test("a refusal is a problem document, 409 unless it says otherwise", async () => {
    const { call } = await anApp([
      aRoute({ path: "/a" }, async () => ({
        refused: "NOT_KNOWN_YET",
        retryAfterSeconds: 1,
        details: { thingId: "5", status: 1 },
      })),
      aRoute({ path: "/b" }, async () => ({ refused: "REUSED", status: 422 })),
    ]);
    const reply = await call("POST", "/a");
    expect(reply.headers).toMatchObject({ "content-type": "application/problem+json", "retry-after": "1" });
    expect(reply.body).toEqual({
      type: "about:blank",
      title: "Not known yet",
      status: 409,
      code: "NOT_KNOWN_YET",
      requestId: "request-0001",
      thingId: "5",
    });
    expect((await call("POST", "/b")).status).toBe(422);
  });

  test("an AppError shows its code, status, details and Retry-After", async () => {
    const { call } = await anApp([
      failing(
        new AppError({
          code: "FULL",
          message: "Later",
          retry: "later",
          status: 503,
          retryAfterSeconds: 2.5,
          details: { a: 1 },
        }),
      ),
    ]);
    const reply = await call("GET", "/things");
    expect(reply).toMatchObject({
      status: 503,
      headers: { "retry-after": "3" },
      body: { code: "FULL", title: "Later", a: 1 },
    });
  });

  test.each([
    { name: "an unknown error", error: new Error("canary SELECT"), status: 500 },
    {
      name: "an AppError not meant for clients",
      error: new AppError({ code: "C", message: "canary", retry: "never" }),
      status: 500,
    },
    { name: "something that is no error", error: "canary", status: 500 },
    { name: "a lost database", error: Object.assign(new Error("canary"), { code: "ECONNREFUSED" }), status: 503 },
    { name: "a passing fault", error: new AppError({ code: "B", message: "canary", retry: "later" }), status: 503 },
  ])("$name shows nothing of itself and is logged once", async ({ error, status }) => {
    const code = status === 500 ? "INTERNAL" : "SERVICE_UNAVAILABLE";
    const { call, lines } = await anApp([failing(error)]);
    const reply = await call("GET", "/things");
    expect(reply).toMatchObject({ status, body: { code } });
    expect(reply.text).not.toContain("canary");
    const logged = lines.filter((line) => line.includes("canary"));
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0]!)).toMatchObject({
      level: status === 500 ? "error" : "warn",
      requestId: "request-0001",
      route: "/things",
    });
  });

  test("to a method not offered are 405 with Allow, to a path not known 404", async () => {
    const { call } = await anApp([aRoute(), aRoute({ method: "GET" })]);
    const reply = await call("DELETE", "/things");
    expect(reply).toMatchObject({ status: 405, body: { code: "METHOD_NOT_ALLOWED" } });
    expect(String(reply.headers["allow"]).split(", ").toSorted()).toEqual(["GET", "HEAD", "POST"]);
    for (const path of ["/thing", "/things/", "/Things", "/things/1", "/%ff", "/__proto__", "/health/x"]) {
      expect(await call("GET", path)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    }
  });

  test("are timed by route", async () => {
    const { call, metrics } = await anApp([aRoute({ method: "GET", path: "/things/{id}" })]);
    await call("GET", "/things/5");
    await call("GET", "/nothing/5");
    const text = await metrics.text();
    expect(text).toMatch(/http_request_duration_seconds_count\{[^}]*route="\/things\/\{id\}"[^}]*\} 1/);
    expect(text).toMatch(/http_request_duration_seconds_count\{[^}]*route="unmatched"[^}]*\} 1/);
  });
});

describe("open paths", () => {
  test("tell without identity whether the process lives, is ready, and its metrics", async () => {
    let ok = true;
    const { call } = await anApp([], { ready: async () => ({ ok, checks: { database: ok ? "up" : "down" } }) });
    expect(await call("GET", "/health/live", { as: null })).toMatchObject({ status: 200 });
    expect(await call("GET", "/health/ready", { as: null })).toMatchObject({
      status: 200,
      body: { ok: true, checks: { database: "up" } },
    });
    ok = false;
    expect(await call("GET", "/health/ready", { as: null })).toMatchObject({
      status: 503,
      body: { checks: { database: "down" } },
    });
    expect((await call("GET", "/metrics", { as: null })).text).toContain("process_cpu_seconds_total");
    expect((await call("POST", "/metrics", { as: null })).status).toBe(401);
  });
});

function streaming(events: (signal: AbortSignal) => EventStream["events"]) {
  return aRoute({ method: "GET", path: "/stream" }, async ({ signal }) => ({ events: events(signal) }));
}

async function openStream(port: number): Promise<IncomingMessage> {
  const request = get({ port, host: "127.0.0.1", path: "/stream", headers: { "mall-identity": anIdentity() } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response.setEncoding("utf8");
}

describe("event streams", () => {
  test("write id, event and data, and end when the events end", async () => {
    const { call } = await anApp([
      streaming(async function* () {
        yield { id: "1", event: "Began", data: { a: "x\ny" } };
        yield { id: "2\nid: 9", event: "Ended", data: 2 };
      }),
    ]);
    const reply = await call("GET", "/stream");
    expect(reply.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-request-id": "request-0001",
    });
    expect(reply.text).toBe('id: 1\nevent: Began\ndata: {"a":"x\\ny"}\n\nid: 2id: 9\nevent: Ended\ndata: 2\n\n');
  });

  test("abort the signal and close the generator when the client leaves", async () => {
    let ended = false;
    const { server } = await anApp([
      streaming(async function* (signal) {
        try {
          yield { id: "1", event: "Began", data: 1 };
          await once(signal, "abort");
        } finally {
          ended = true;
        }
      }),
    ]);
    const response = await openStream(server.port);
    await once(response, "data");
    response.destroy();
    await expect.poll(() => ended).toBe(true);
  });

  test("write no faster than the client reads", async () => {
    let written = 0;
    const { server } = await anApp([
      streaming(async function* () {
        for (; written < 5_000; written += 1) yield { id: "1", event: "Big", data: "x".repeat(10_000) };
      }),
    ]);
    const response = await openStream(server.port);
    await delay(300);
    expect(written).toBeLessThan(5_000);
    response.destroy();
  });

  test("are cut off and logged when the events fail", async () => {
    const { server, lines } = await anApp([
      streaming(async function* () {
        yield { id: "1", event: "Began", data: 1 };
        throw new Error("boom");
      }),
    ]);
    const response = await openStream(server.port);
    const [error] = (await once(
      response.on("data", () => {}),
      "error",
    )) as [Error];
    expect(error.message).toBe("aborted");
    await expect.poll(() => lines.some((line) => line.includes("boom"))).toBe(true);
  });

  test("end at once when the service stops, even if nobody watches the signal, and tell the iterator", async () => {
    let returned = false;
    const events = [{ id: "1", event: "Began", data: 1 }];
    const iterator: AsyncIterator<{ id: string; event: string; data: unknown }> = {
      next: async () => ({ value: events.pop() ?? (await new Promise<never>(() => {})), done: false }),
      return: async () => {
        returned = true;
        return { value: undefined, done: true };
      },
    };
    const { server } = await anApp([streaming(() => ({ [Symbol.asyncIterator]: () => iterator }))]);
    const response = await openStream(server.port);
    await once(response, "data");
    const started = Date.now();
    await Promise.all([server.stop(5_000), once(response, "end")]);
    expect(Date.now() - started).toBeLessThan(1_000);
    expect(returned).toBe(true);
  });
});

describe("the server", () => {
  test("lets running requests end, takes no new one, and is red for readiness meanwhile", async () => {
    let release = (): void => {};
    const { call, server } = await anApp([
      aRoute({}, async () => {
        await new Promise<void>((resolve) => (release = resolve));
        return { status: 200, body: "done" };
      }),
    ]);
    const running = call("POST", "/things");
    await expect.poll(() => release.name).not.toBe("release");
    const stopped = server.stop();
    await expect(call("POST", "/things")).rejects.toThrow("ECONNREFUSED");
    release();
    expect(await running).toMatchObject({ status: 200, headers: { connection: "close" } });
    await stopped;
  });

  test("cuts off what outlasts the drain time", async () => {
    const { call, server } = await anApp([aRoute({}, () => new Promise(() => {}))]);
    const running = call("POST", "/things");
    await delay(50);
    const started = Date.now();
    await Promise.all([expect(running).rejects.toThrow("socket hang up"), server.stop(200)]);
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  test("says when its port is taken", async () => {
    const { server } = await anApp([]);
    await expect(anApp([], {}, server.port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test.each([
    [
      "a length beside chunks",
      "POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["two lengths", "POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
    ["a space before the colon", "GET /things HTTP/1.1\r\nHost : x\r\n\r\n"],
    ["huge headers", `GET /things HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(20_000)}\r\n\r\n`],
  ])("refuses %s", async (_fault, bytes) => {
    const { server } = await anApp([aRoute()]);
    const socket = connect(server.port, "127.0.0.1").setEncoding("utf8");
    socket.write(bytes);
    const [reply] = (await once(socket, "data")) as [string];
    expect(reply).toMatch(/^HTTP\/1\.1 4(00|31) /);
    socket.destroy();
  });
});
