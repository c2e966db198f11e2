/** One route as a Koa middleware: access, input, `handle`, answer. */
import type { IncomingMessage } from "node:http";
import type Koa from "koa";
import type { z } from "zod";
import type { SignedParts } from "../security/request-signing.ts";
import { checkAccess } from "./access.ts";
import { sendOutcome } from "./answers.ts";
import { NO_BODY, parseBody, readBody } from "./body.ts";
import { clientError, type FieldError, validationFailed } from "./problem.ts";
import type { AppLife, RequestState } from "./request-state.ts";
import type { Route, RouteRequest } from "./route.ts";

export interface RouteSurroundings {
  readonly life: AppLife;
  readonly maxBodyBytes?: number;
  verifySignature?(request: SignedParts & { header(name: string): string | undefined }): Promise<void>;
}

const MAX_BODY_BYTES = 65_536;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** The middleware of a route; it ends the request and calls nothing further. */
export function routeHandler(route: Route, surroundings: RouteSurroundings): Koa.Middleware {
  const { life, maxBodyBytes = MAX_BODY_BYTES } = surroundings;
  const limit = route.maxBodyBytes ?? maxBodyBytes;
  const takesBody = route.body !== undefined || (route.method !== "GET" && route.method !== "DELETE");
  const isOpsRoute = route.path.startsWith("/ops/");
  return async (ctx) => {
    const state = ctx.state as RequestState;
    state.route = route.path;
    checkAccess(route.access, state.caller, isOpsRoute);
    if (route.idempotencyKey === true) checkIdempotencyKey(ctx.req);
    const params = parseParams(route.params, ctx["params"]);
    const query = parseInput(route.query, queryOf(ctx.querystring), "query.");
    const rawBody = takesBody ? await readBody(ctx.req, limit) : NO_BODY;
    if (route.access === "signed") {
      const { method, path, querystring } = ctx;
      const header = (name: string): string | undefined => headerOf(ctx.req, name);
      await surroundings.verifySignature?.({ method, path, query: querystring, body: rawBody, header });
    }
    const body = parseInput(route.body, takesBody ? parseBody(rawBody, ctx.req, route.bodyType) : undefined, "");
    const request = new HandledRequest(ctx, life, { params, query, body, rawBody });
    const outcome = await route.handle(request as never);
    await sendOutcome(ctx, outcome, () => request.signal);
  };
}

interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly rawBody: Buffer;
}

class HandledRequest implements RouteRequest<unknown, unknown, unknown> {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly rawBody: Buffer;
  readonly caller: RouteRequest<unknown, unknown, unknown>["caller"];
  readonly cause: RouteRequest<unknown, unknown, unknown>["cause"];
  readonly #ctx: Koa.Context;
  readonly #life: AppLife;
  #controller: AbortController | undefined;

  constructor(ctx: Koa.Context, life: AppLife, { params, query, body, rawBody }: Input) {
    const { requestId, traceparent, caller } = ctx.state as RequestState;
    this.params = params;
    this.query = query;
    this.body = body;
    this.rawBody = rawBody;
    this.caller = caller;
    this.cause = { correlationId: requestId, causationId: requestId, traceparent };
    this.#ctx = ctx;
    this.#life = life;
  }

  header(name: string): string | undefined {
    return headerOf(this.#ctx.req, name);
  }

  /** Made only for those who ask: most requests are over before anyone could leave. */
  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    const { open, stopping } = this.#life;
    if (stopping || this.#ctx.res.closed) controller.abort();
    else {
      open.add(controller);
      this.#ctx.res.once("close", () => {
        open.delete(controller);
        controller.abort();
      });
    }
    return controller.signal;
  }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

function checkIdempotencyKey(request: IncomingMessage): void {
  const key = headerOf(request, "idempotency-key");
  if (key === undefined || key === "") {
    throw clientError("IDEMPOTENCY_KEY_MISSING", "The header Idempotency-Key is required");
  }
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw validationFailed([{ path: "header.idempotency-key", message: "must be 1 to 255 visible characters" }]);
  }
}

/** A path that cannot name anything names nothing: 404, like any other thing that does not exist. */
function parseParams(schema: z.ZodType | undefined, params: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(params);
  if (!result.success) throw clientError("NOT_FOUND", "There is nothing here", 404);
  return result.data;
}

/** Without a schema nothing but an empty object is accepted. */
function parseInput(schema: z.ZodType | undefined, input: unknown, prefix: string): unknown {
  if (schema === undefined) {
    if (input === undefined) return undefined;
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      throw validationFailed([{ path: prefix.slice(0, -1), message: "nothing is expected here" }]);
    }
    const [key] = Object.keys(input);
    if (key !== undefined) throw validationFailed([{ path: prefix + key.slice(0, 100), message: "unknown field" }]);
    return undefined;
  }
  const result = schema.safeParse(input);
  if (!result.success) throw validationFailed(result.error.issues.flatMap((issue) => fieldErrors(issue, prefix)));
  return result.data;
}

function fieldErrors(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const place = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") return [{ path: prefix + place.join("."), message: issue.message }];
  return issue.keys.map((key) => ({
    path: prefix + [...place, key.slice(0, 100)].join("."),
    message: "unknown field",
  }));
}

function queryOf(querystring: string): Record<string, string> | undefined {
  if (querystring === "") return {};
  const query = Object.create(null) as Record<string, string>;
  for (const [key, value] of new URLSearchParams(querystring)) {
    if (key in query) throw validationFailed([{ path: `query.${key.slice(0, 100)}`, message: "given more than once" }]);
    query[key] = value;
  }
  return query;
}
