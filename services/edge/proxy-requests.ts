/**
 * The way of every request through the edge: address, route, caller, role, limits, body, service. Denies by default:
 * what is not in the route table does not exist, and nobody gets to a service without the role its route names. The
 * platform's app behind it answers for the edge itself: health, metrics and the few routes of the edge's own.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "#platform/errors/app-error.ts";
import { checkAccess } from "#platform/http/access.ts";
import { NO_BODY, readBody } from "#platform/http/body.ts";
import type { Caller } from "#platform/http/route.ts";
import { clientError, forClients, validationFailed } from "#platform/http/problem.ts";
import type { Admission } from "./admission/admit-request.ts";
import type { ClientAddress } from "./admission/client-address.ts";
import type { AnswerHeaders } from "./answer-headers.ts";
import { answerProblem } from "./answer-problem.ts";
import { type EdgeLife, type Exchange, newExchange } from "./exchange.ts";
import { forwardRequest } from "./forward-request.ts";
import type { GuardOpenPath } from "./guard-open-paths.ts";
import type { IdentifyCaller } from "./identify-caller.ts";
import { type IdentifyPartner, isSigned } from "./identify-partner.ts";
import type { InnerHeaders } from "./inner-headers.ts";
import { createMatchRoute, type TableRoute } from "./match-route.ts";
import type { ObserveExchange } from "./observe-exchange.ts";
import type { SecurityLog } from "./security-log.ts";
import type { ServicePools } from "./service-pools.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

export interface ProxyDeps {
  readonly table: readonly TableRoute[];
  readonly pools: ServicePools;
  readonly clientAddress: ClientAddress;
  readonly admission: Admission;
  readonly identifyCaller: IdentifyCaller;
  readonly identifyPartner: IdentifyPartner;
  readonly innerHeaders: InnerHeaders;
  readonly answerHeaders: AnswerHeaders;
  readonly guardOpenPath: GuardOpenPath;
  /** Answers outside /api: health and metrics. */
  readonly open: RequestListener;
  /** Answers on behalf of the edge itself, for the caller found here; sees inner paths. */
  answerOwn(exchange: Exchange): void;
  readonly maxBodyBytes: number;
  readonly life: EdgeLife;
  readonly observe: ObserveExchange;
  readonly security: SecurityLog;
}

const PREFIX = "/api";
const OPEN_PATHS = new Set(["/health/live", "/health/ready", "/metrics"]);

export function createProxy(deps: ProxyDeps): RequestListener {
  const { clientAddress, observe, answerHeaders } = deps;
  const matchRoute = createMatchRoute(deps.table);
  return (request, response) => {
    const url = request.url ?? "/";
    const pathEnd = url.indexOf("?") === -1 ? url.length : url.indexOf("?");
    const started = performance.now();
    const exchange = newExchange(request, response, clientAddress(request));
    if (OPEN_PATHS.has(url.slice(0, pathEnd))) return void answerOpen(exchange, url.slice(0, pathEnd), deps);

    const answer = async (): Promise<void> => {
      deps.admission.admitAddress(exchange);
      const routes = url.startsWith(`${PREFIX}/`) ? matchRoute(url.slice(PREFIX.length, pathEnd)) : undefined;
      if (routes === undefined) throw clientError("NOT_FOUND", "There is nothing here", 404);
      exchange.route = routes.get(request.method ?? "");
      if (exchange.route !== undefined) return passOn(exchange, exchange.route, deps);
      const allowing = answerHeaders.preflight(exchange, [...routes.keys()]);
      if (allowing === undefined) throw methodNotAllowed([...routes.keys()]);
      response.writeHead(204, allowing).end();
    };
    answer().then(
      () => observe(exchange, { started }),
      (error: unknown) => {
        answerProblem(exchange, forClients(error), answerHeaders);
        observe(exchange, { started, error });
      },
    );
  };
}

async function answerOpen(exchange: Exchange, path: string, deps: ProxyDeps): Promise<void> {
  try {
    await deps.guardOpenPath(exchange, path);
  } catch (error) {
    return answerProblem(exchange, forClients(error), deps.answerHeaders);
  }
  deps.open(exchange.request, exchange.response);
}

async function passOn(exchange: Exchange, route: TableRoute, deps: ProxyDeps): Promise<void> {
  const { request } = exchange;
  const { service, access } = route;
  const read = await admitCaller(exchange, route, deps);
  const url = request.url ?? "/";
  request.url = url.slice(PREFIX.length);
  if (service === "edge") return deps.answerOwn(exchange);
  const body = read === undefined ? await bodyOf(request, route, deps) : read;
  const mayWait = route.mayWait === true && (route.method === "GET" || request.headers["prefer"] !== undefined);
  if (mayWait) deps.admission.admitWait(exchange);
  await forwardRequest(
    exchange,
    {
      service,
      path: request.url,
      headers: deps.innerHeaders.forwarded(exchange, service, { signed: access === "signed" }),
      body,
      mayWait,
      life: deps.life,
      answerHeaders: deps.answerHeaders,
    },
    deps.pools.instancesOf(service),
  );
}

/** Settles who calls and lets in only those whom the route is for. Answers the body if a signature had to be checked. */
async function admitCaller(exchange: Exchange, route: TableRoute, deps: ProxyDeps): Promise<Buffer | null | undefined> {
  const { request } = exchange;
  const { admission } = deps;
  let body: Buffer | null | undefined;
  if (route.access !== "anyone" && route.access !== "signed") {
    if (isSigned(exchange)) body = await admitPartner(exchange, route, deps);
    else exchange.caller = await signedIn(request, deps);
  }
  admission.admitCaller(exchange);
  await admission.admitLogin(exchange);
  checkRole(exchange, route, { caller: exchange.caller, security: deps.security });
  refuseRepeatedParameters(request.url ?? "");
  return body;
}

/** The body is read for a known key alone, and only where its roles would do: bodies cost memory, whoever sends them. */
async function admitPartner(exchange: Exchange, route: TableRoute, deps: ProxyDeps): Promise<Buffer | null> {
  const { caller } = deps.identifyPartner.claimed(exchange);
  checkRole(exchange, route, { caller, security: deps.security });
  const body = await bodyOf(exchange.request, route, deps);
  const partner = await deps.identifyPartner.proven(exchange, body ?? NO_BODY);
  exchange.caller = partner.caller;
  exchange.partnerKeyId = partner.keyId;
  return body;
}

function checkRole(
  exchange: Exchange,
  route: TableRoute,
  { caller, security }: { caller: Caller; security: SecurityLog },
): void {
  try {
    checkAccess(route.access, caller, false);
  } catch (error) {
    if (caller.userId !== null) security.note("access-denied", exchange);
    throw error;
  }
}

async function bodyOf(request: IncomingMessage, route: TableRoute, deps: ProxyDeps): Promise<Buffer | null> {
  if (route.method === "GET" || route.method === "DELETE" || route.service === "edge") return null;
  return readBody(request, route.maxBodyBytes ?? deps.maxBodyBytes);
}

async function signedIn(request: IncomingMessage, { identifyCaller }: ProxyDeps) {
  const caller = await identifyCaller(request);
  if (caller === undefined) throw clientError("UNAUTHENTICATED", "Please sign in", 401);
  return caller;
}

/** Two readers of one query must not be able to see two different queries. */
function refuseRepeatedParameters(url: string): void {
  const at = url.indexOf("?");
  if (at === -1) return;
  const seen = new Set<string>();
  for (const name of new URLSearchParams(url.slice(at + 1)).keys()) {
    const path = `query.${name.slice(0, 100)}`;
    if (seen.has(name)) throw validationFailed([{ path, message: "given more than once" }]);
    seen.add(name);
  }
}

function methodNotAllowed(methods: readonly string[]): AppError {
  const allowed = methods.join(", ");
  const message = "This method is not offered here";
  return new AppError({ code: "METHOD_NOT_ALLOWED", message, status: 405, retry: "never", details: { allowed } });
}
