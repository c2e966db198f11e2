/**
 * What a route is. A service declares its routes as a table of these; the app checks identity, role and input before
 * `handle` runs, so a handler receives only parsed values. The same table is the source of the edge's route table and
 * of the API document. It does not check ownership of rows: every query of a use case carries the owner.
 */
import type { z } from "zod";
import type { Cause } from "../outbox/outgoing.ts";

/** Who may call: `anyone` needs no token, `holder` any signed-in user, `signed` a request signature instead of a token. */
export type Access = "anyone" | "holder" | "shopper" | "merchant" | "ops" | "signed";

export interface Caller {
  /** The signed-in user's id, or null for an anonymous request. */
  readonly userId: string | null;
  readonly roles: readonly string[];
}

export interface RouteRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  /** Request id, correlation id and trace context, to be copied into outgoing events. */
  readonly cause: Cause;
  /** One header's value in lower-case name, or undefined. */
  header(name: string): string | undefined;
  /** The body's bytes as they came, for signatures and request hashes. */
  readonly rawBody: Buffer;
  /** Aborted when the client goes away or the service stops. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A business "no": answered as a problem document with this code and these further members. */
export interface Refusal {
  readonly refused: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A stream of server-sent events; the app writes the pings and ends it when the iterable ends or the client leaves. */
export interface EventStream {
  readonly events: AsyncIterable<{ id: string; event: string; data: unknown }>;
}

export interface RouteShape {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with braces, as in the API document: `/addresses/{addressId}`; equal to the outer path without `/api`. */
  readonly path: `/${string}`;
  readonly access: Access;
  readonly summary: string;
  readonly tag: string;
  /** True when the header `Idempotency-Key` is required. */
  readonly idempotencyKey?: boolean;
  /** True when the request may be held open (`Prefer: wait`, event stream): the edge uses another connection pool. */
  readonly mayWait?: boolean;
  /** Content type of the body; JSON when absent. */
  readonly bodyType?: "application/json" | "text/csv";
  readonly maxBodyBytes?: number;
  /** Content type of the success answers; JSON when absent. */
  readonly answerType?: "application/json" | "text/html";
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Success answers by status; null for an answer without a body; "event-stream" for server-sent events. */
  readonly answers: Readonly<Record<number, z.ZodType | null | "event-stream">>;
  /** Codes of `api.md` that this route can answer beside those every route can. */
  readonly refusals?: readonly string[];
}

export interface Route extends RouteShape {
  handle(request: RouteRequest<never, never, never>): Promise<Answer | Refusal | EventStream>;
}

type Optional = z.ZodType | undefined;
type Parsed<T extends Optional> = T extends z.ZodType ? z.output<T> : undefined;

/** Declares a route, inferring the types of params, query and body from its schemas. */
export function route<P extends Optional = undefined, Q extends Optional = undefined, B extends Optional = undefined>(
  shape: Omit<RouteShape, "params" | "query" | "body"> & {
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    handle(request: RouteRequest<Parsed<P>, Parsed<Q>, Parsed<B>>): Promise<Answer | Refusal | EventStream>;
  },
): Route {
  return shape as unknown as Route;
}
