/**
 * The way of every request through the edge: route, caller, role, body, service. Denies by default: what is not in the
 * route table does not exist, and nobody gets to a service without the role its route names. The platform's app behind it
 * answers for the edge itself: health, metrics and the few routes that the edge puts together.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "#platform/errors/app-error.ts";
import { checkAccess } from "#platform/http/access.ts";
import { readBody } from "#platform/http/body.ts";
import { clientError, forClients } from "#platform/http/problem.ts";
import type { Logger } from "#platform/logging/logger.ts";
import type { Metrics } from "#platform/metrics/metrics.ts";
import { answerProblem } from "./answer-problem.ts";
import { ANONYMOUS, type EdgeLife, type Exchange, newExchange } from "./exchange.ts";
import { forwardRequest } from "./forward-request.ts";
import type { IdentifyCaller } from "./identify-caller.ts";
import type { InnerHeaders } from "./inner-headers.ts";
import { createMatchRoute, type TableRoute } from "./match-route.ts";
import type { ServicePools } from "./service-pools.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

export interface ProxyDeps {
  readonly table: readonly TableRoute[];
  readonly pools: ServicePools;
  readonly innerHeaders: InnerHeaders;
  readonly identifyCaller: IdentifyCaller;
  /** Answers on behalf of the edge itself; sees inner paths. */
  readonly own: RequestListener;
  readonly maxBodyBytes: number;
  readonly life: EdgeLife;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const PREFIX = "/api";
const OPEN_PATHS = new Set(["/health/live", "/health/ready", "/metrics"]);

export function createProxy(deps: ProxyDeps): RequestListener {
  const matchRoute = createMatchRoute(deps.table);
  const observe = createObserver(deps);
  return (request, response) => {
    const url = request.url ?? "/";
    const pathEnd = url.indexOf("?") === -1 ? url.length : url.indexOf("?");
    if (OPEN_PATHS.has(url.slice(0, pathEnd))) return deps.own(request, response);

    const started = performance.now();
    const exchange = newExchange(request, response);
    let route: TableRoute | undefined;
    const answer = async (): Promise<void> => {
      const routes = url.startsWith(`${PREFIX}/`) ? matchRoute(url.slice(PREFIX.length, pathEnd)) : undefined;
      if (routes === undefined) throw clientError("NOT_FOUND", "There is nothing here", 404);
      route = routes.get(request.method ?? "");
      if (route === undefined) throw methodNotAllowed([...routes.keys()]);
      request.url = url.slice(PREFIX.length);
      if (route.service === "edge") deps.own(request, response);
      else await passOn(exchange, route, deps);
    };
    answer().then(
      () => observe(exchange, route, { started }),
      (error: unknown) => {
        answerProblem(exchange, forClients(error));
        observe(exchange, route, { started, error });
      },
    );
  };
}

async function passOn(exchange: Exchange, route: TableRoute, deps: ProxyDeps): Promise<void> {
  const { request } = exchange;
  const { service, access, mayWait, maxBodyBytes } = route;
  exchange.caller = access === "anyone" || access === "signed" ? ANONYMOUS : await signedIn(request, deps);
  checkAccess(access, exchange.caller, false);
  const hasBody = route.method !== "GET" && route.method !== "DELETE";
  const body = hasBody ? await readBody(request, maxBodyBytes ?? deps.maxBodyBytes) : null;
  const headers = deps.innerHeaders.forwarded(exchange, service, { signed: access === "signed" });
  await forwardRequest(
    exchange,
    {
      service,
      path: request.url ?? "/",
      headers,
      body,
      mayWait: mayWait === true && (route.method === "GET" || request.headers["prefer"] !== undefined),
      life: deps.life,
    },
    deps.pools.instancesOf(service),
  );
}

async function signedIn(request: IncomingMessage, { identifyCaller }: ProxyDeps) {
  const caller = await identifyCaller(request);
  if (caller === undefined) throw clientError("UNAUTHENTICATED", "Please sign in", 401);
  return caller;
}

function methodNotAllowed(methods: readonly string[]): AppError {
  const allowed = methods.join(", ");
  const message = "This method is not offered here";
  return new AppError({ code: "METHOD_NOT_ALLOWED", message, status: 405, retry: "never", details: { allowed } });
}

type Observe = (
  exchange: Exchange,
  route: TableRoute | undefined,
  outcome: { started: number; error?: unknown },
) => void;

/** Durations by route and status, and a line for what a service or the edge itself could not do. */
function createObserver({ log, metrics }: ProxyDeps): Observe {
  const durations = metrics.histogram("http_request_duration_seconds", "Time to answer, without event streams", {
    labels: ["method", "route", "status"],
  });
  const series = new Map<string, { observe(seconds: number): void }>();
  return ({ response, request, requestId }, route, { started, error }) => {
    // The platform's app counts what it answers itself.
    if (route?.service === "edge") return;
    const seconds = (performance.now() - started) / 1000;
    const { method, path } = route ?? { method: "other", path: "unmatched" };
    const status = response.statusCode;
    const name = `${method} ${path} ${status}`;
    let known = series.get(name);
    if (known === undefined) {
      known = durations.labels({ method, route: path, status: String(status) });
      series.set(name, known);
    }
    if (!response.hasHeader("X-Accel-Buffering")) known.observe(seconds);
    if (status < 500 && !log.isLevelEnabled("debug")) return;
    const line = { requestId, method: request.method, route: path, status, ms: Math.round(seconds * 1000) };
    if (status >= 500) log.warn({ ...line, err: error }, "request failed");
    else log.debug(line, "request");
  };
}
