import { AppError } from "#platform/errors/app-error.ts";
import type { Logger } from "#platform/logging/logger.ts";
import type { Metrics } from "#platform/metrics/metrics.ts";
import type { Exchange } from "./exchange.ts";
import type { SecurityLog } from "./security-log.ts";

/** Durations by route and status, a line for what could not be done, and what the security log wants to know. */
export type ObserveExchange = (exchange: Exchange, outcome: { started: number; error?: unknown }) => void;

export function createObserver(deps: { log: Logger; metrics: Metrics; security: SecurityLog }): ObserveExchange {
  const { log, security } = deps;
  const record = createRecorder(deps.metrics);
  return (exchange, { started, error }) => {
    const { request, response, requestId, route } = exchange;
    const status = response.statusCode;
    noteOutcome(security, exchange, error);
    // The platform's app counts and reports what it answers itself.
    if (route?.service === "edge" && error === undefined) return;
    const seconds = (performance.now() - started) / 1_000;
    if (!response.hasHeader("X-Accel-Buffering")) record(route, status, seconds);
    if (status < 500 && !log.isLevelEnabled("debug")) return;
    const where = { method: request.method, route: route?.path ?? "unmatched" };
    const line = { requestId, ...where, status, ms: Math.round(seconds * 1_000) };
    if (status >= 500) log.warn({ ...line, err: error }, "request failed");
    else log.debug(line, "request");
  };
}

/** Limits, lists and signatures are noted where they are checked, which knows more than a status says. */
function noteOutcome(security: SecurityLog, exchange: Exchange, error: unknown): void {
  const { route, response } = exchange;
  const code = error instanceof AppError ? error.code : undefined;
  const status = response.statusCode;
  if (code === "UNAUTHENTICATED" && exchange.request.headers.authorization) security.note("token-refused", exchange);
  else if (route?.path === "/auth/login" && status === 200) security.note("login-succeeded", exchange);
  else if (route?.path === "/auth/login" && status === 401) security.note("login-failed", exchange);
  else if (route?.access === "signed" && status === 401) security.note("signature-refused", exchange);
}

function createRecorder(metrics: Metrics): (route: Exchange["route"], status: number, seconds: number) => void {
  const durations = metrics.histogram("http_request_duration_seconds", "Time to answer, without event streams", {
    labels: ["method", "route", "status"],
  });
  const series = new Map<string, { observe(seconds: number): void }>();
  return (route, status, seconds) => {
    const { method, path } = route ?? { method: "other", path: "unmatched" };
    const name = `${method} ${path} ${status}`;
    let known = series.get(name);
    if (known === undefined) {
      known = durations.labels({ method, route: path, status: String(status) });
      series.set(name, known);
    }
    known.observe(seconds);
  };
}
