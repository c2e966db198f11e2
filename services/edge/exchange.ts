/** One request from outside, on its way through the edge. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "#platform/http/route.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";

/** On whose behalf a service is called, and as part of what. */
export interface Origin {
  readonly caller: Caller;
  /** Ours: an id from outside is not believed. */
  readonly requestId: string;
  readonly traceparent: string;
}

export interface Exchange extends Origin {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  caller: Caller;
}

/** Whether the process is about to end, and the streams that then have to. */
export interface EdgeLife {
  stopping: boolean;
  readonly streams: Set<ServerResponse>;
}

export const ANONYMOUS: Caller = { userId: null, roles: [] };

export function newExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const traceparent = traceparentFrom(request.headers["traceparent"] as string | undefined);
  return { request, response, requestId: randomUUID(), traceparent, caller: ANONYMOUS };
}

/** For what the edge asks on its own account. */
export function ownOrigin(): Origin {
  return { caller: ANONYMOUS, requestId: randomUUID(), traceparent: traceparentFrom(undefined) };
}
