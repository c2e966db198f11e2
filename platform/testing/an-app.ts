/** For tests of routes: an app on a free port, called as the edge would call it. Stopped after each test. */
import { randomBytes } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import { onTestFinished } from "vitest";
import { createLogger } from "../logging/logger.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { type IdentityClaims, signIdentity } from "../security/identity.ts";
import { type AppOptions, createApp } from "../http/app.ts";
import { type Route, route, type RouteShape } from "../http/route.ts";
import { startServer } from "../http/server.ts";

export const key = randomBytes(32);
const shown = { summary: "", tag: "", answers: { 200: null } };
export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** A route that answers with what it was given. */
export function aRoute(shape: Partial<RouteShape> = {}, handle?: Route["handle"]): Route {
  return route({
    ...shown,
    method: "POST",
    path: "/things",
    access: "anyone",
    ...shape,
    handle:
      handle ??
      (async ({ body, params, query, caller, cause }) => ({
        status: 200,
        body: { body, params, query, caller, cause },
      })),
  } as RouteShape & Route);
}

export async function anApp(routes: Route[], options: Partial<AppOptions> = {}, port = 0) {
  const lines: string[] = [];
  const log = createLogger({
    service: "x",
    instance: "x-1",
    level: "debug",
    stream: { write: (line) => void lines.push(line) },
  });
  const metrics = createMetrics("x");
  const ready = async () => ({ ok: true, checks: { kafka: "down" } });
  const app = createApp({
    service: "x",
    routes,
    log,
    metrics,
    ready,
    ...(options.authenticate ? {} : { identityKey: key }),
    ...options,
  });
  const server = await startServer(app, { port, log });
  onTestFinished(() => server.stop(100));
  const call = (
    method: string,
    path: string,
    given: { headers?: Record<string, string>; body?: string | Buffer; as?: Partial<IdentityClaims> | null } = {},
  ) => {
    const { as = {}, body, headers } = given;
    const identity = as === null ? {} : { "mall-identity": anIdentity(as) };
    const type = body === undefined ? {} : { "content-type": "application/json" };
    return send(server.port, { method, path, headers: { ...identity, ...type, ...headers } }, body);
  };
  return { call, lines, metrics, server };
}

export function anIdentity(changes: Partial<IdentityClaims> = {}): string {
  const iat = Math.floor(Date.now() / 1000);
  return signIdentity({ sub: "7", roles: ["shopper"], aud: "x", iat, requestId: "request-0001", ...changes }, key);
}

function send(port: number, options: object, body?: string | Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: "127.0.0.1", agent: new Agent(), ...options }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        const isJson = String(response.headers["content-type"]).includes("json");
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text,
          body: isJson && text ? JSON.parse(text) : {},
        });
      });
    });
    request.on("error", reject).end(body);
  });
}
