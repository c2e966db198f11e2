/**
 * The Koa app of a service, made of its route table. Guarantees for every route: nobody without a verified identity gets
 * in, nobody without the role gets further, `handle` sees only values its schemas accepted, and every failure leaves as
 * a problem document with a stable code and the request id. It does not check who owns a row.
 */
import { Router } from "@koa/router";
import Koa from "koa";
import type { Logger } from "../logging/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { SignedParts } from "../security/request-signing.ts";
import { type Authenticate, authenticateByIdentity, authenticateByOpsKey } from "./access.ts";
import { sendJson, sendProblem } from "./answers.ts";
import { clientError, forClients } from "./problem.ts";
import { newRequestId, type RequestState } from "./request-state.ts";
import { routeHandler } from "./route-handler.ts";
import type { Route } from "./route.ts";
import { traceparentFrom } from "./trace-context.ts";

export interface Readiness {
  readonly ok: boolean;
  /** State of each dependency in a word: `{ kafka: "down" }`. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface AppOptions {
  /** Folder name of the service: the audience of its identities. */
  readonly service: string;
  readonly routes: readonly Route[];
  readonly log: Logger;
  readonly metrics: Metrics;
  ready(): Promise<Readiness>;
  /** Verifies Mall-Identity: every service behind the edge. */
  readonly identityKey?: Buffer;
  /** Instead of the key, for the edge: who calls; undefined answers 401. */
  readonly authenticate?: Authenticate;
  /** For routes with access `signed`: throws AppError 401 SIGNATURE_INVALID. Required when there is such a route. */
  verifySignature?(request: SignedParts & { header(name: string): string | undefined }): Promise<void>;
  /** 65,536 when absent; a route may set its own. */
  readonly maxBodyBytes?: number;
  /** Routes below `/ops/`, open to the holder of `opsKey` only (`Authorization: Bearer <base64>`). */
  readonly opsRoutes?: readonly Route[];
  readonly opsKey?: Buffer;
}

/** Builds the app; throws when the options leave a route unguarded. */
export function createApp(options: AppOptions): Koa {
  const authenticate = authentication(options);
  const app = new Koa();
  const life = { stopping: false, open: new Set<AbortController>() };
  app.on("stopping", () => {
    life.stopping = true;
    for (const controller of life.open) controller.abort();
  });
  // Koa hears of errors only when a socket breaks while answering; there is nobody left to tell.
  app.on("error", (error) => options.log.debug({ err: error }, "an answer could not be delivered"));

  const router = new Router({ strict: true, sensitive: true });
  for (const route of [...options.routes, ...(options.opsRoutes ?? [])]) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    router.register(path, [route.method], routeHandler(route, { ...options, life }));
  }

  app.use(observe(options, life));
  app.use(openPaths(options, life));
  app.use(async (ctx, next) => {
    const state = ctx.state as RequestState;
    const who = await authenticate(ctx.req, ctx.path);
    if (who === undefined) throw clientError("UNAUTHENTICATED", "Please sign in", 401);
    state.caller = who.caller;
    if (who.requestId !== undefined) state.requestId = who.requestId;
    await next();
  });
  app.use(router.routes());
  app.use((ctx) => refuseUnknown(router, ctx));
  return app;
}

function authentication(options: AppOptions): Authenticate {
  const { identityKey, authenticate, opsKey, opsRoutes = [], routes, service, verifySignature } = options;
  if ((identityKey === undefined) === (authenticate === undefined)) {
    throw new TypeError("createApp needs either identityKey or authenticate");
  }
  if (opsRoutes.length > 0 && opsKey === undefined) throw new TypeError("opsRoutes need an opsKey");
  if (opsRoutes.some((route) => !route.path.startsWith("/ops/")) || routes.some((r) => r.path.startsWith("/ops/"))) {
    throw new TypeError("opsRoutes, and only they, lie below /ops/");
  }
  if (verifySignature === undefined && routes.some((route) => route.access === "signed")) {
    throw new TypeError("a signed route needs verifySignature");
  }
  const ordinary = authenticate ?? authenticateByIdentity(service, identityKey!);
  const ops = opsKey === undefined ? undefined : authenticateByOpsKey(opsKey);
  return async (request, path) => (path.startsWith("/ops/") ? ops?.(request, path) : ordinary(request, path));
}

/** The outermost layer: request id, trace, the one place where errors become answers, duration, one line per request. */
function observe({ log, metrics }: AppOptions, life: { stopping: boolean }): Koa.Middleware {
  const durations = metrics.histogram("http_request_duration_seconds", "Time to answer, without event streams", {
    labels: ["method", "route", "status"],
  });
  return async (ctx, next) => {
    const started = performance.now();
    const state = ctx.state as RequestState;
    state.requestId = newRequestId();
    state.traceparent = traceparentFrom(ctx.req.headers.traceparent as string | undefined);
    let thrown: unknown;
    try {
      await next();
    } catch (error) {
      thrown = error;
      sendProblem(ctx, forClients(error));
    }
    ctx.set("X-Request-Id", state.requestId);
    // So that clients with kept-alive connections go elsewhere before the socket closes.
    if (life.stopping && !ctx.res.headersSent) ctx.set("Connection", "close");
    const { method, status } = ctx;
    const route = state.route ?? "unmatched";
    const seconds = (performance.now() - started) / 1000;
    if (!state.streamed) durations.observe({ method, route, status }, seconds);
    const line = { requestId: state.requestId, method, route, status, ms: Math.round(seconds * 1000) };
    // A stream that broke has had its 200 long ago.
    const broke = status === 500 || (thrown !== undefined && state.streamed === true);
    if (broke || status > 500) log[broke ? "error" : "warn"]({ ...line, err: thrown }, "request failed");
    else log.debug(line, "request");
  };
}

/** What is answered without an identity. */
function openPaths({ ready, metrics }: AppOptions, life: { stopping: boolean }): Koa.Middleware {
  return async (ctx, next) => {
    const open = ctx.path.startsWith("/health/") || ctx.path === "/metrics";
    if (!open || (ctx.method !== "GET" && ctx.method !== "HEAD")) return next();
    (ctx.state as RequestState).route = ctx.path;
    if (ctx.path === "/health/live") return sendJson(ctx, 200, { ok: true });
    if (ctx.path === "/health/ready") {
      const { ok, checks } = life.stopping ? { ok: false, checks: { process: "stopping" } } : await ready();
      return sendJson(ctx, ok ? 200 : 503, { ok, checks });
    }
    if (ctx.path !== "/metrics") throw clientError("NOT_FOUND", "There is nothing here", 404);
    ctx.set("Content-Type", metrics.contentType);
    ctx.body = await metrics.text();
  };
}

function refuseUnknown(router: Router, ctx: Koa.Context): void {
  const methods = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods);
  if (methods.length === 0) throw clientError("NOT_FOUND", "There is nothing here", 404);
  ctx.set("Allow", [...new Set(methods)].join(", "));
  throw clientError("METHOD_NOT_ALLOWED", "This method is not offered here", 405);
}
