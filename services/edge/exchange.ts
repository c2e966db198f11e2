/** One request from outside, on its way through the edge. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "#platform/http/route.ts";
import { traceparentFrom } from "#platform/http/trace-context.ts";
import type { Limit, Taken } from "#platform/security/token-buckets.ts";
import { limitedAddress } from "./admission/client-address.ts";
import type { TableRoute } from "./match-route.ts";

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
  /** Where it comes from, as far as that can be believed. */
  readonly address: string;
  caller: Caller;
  /** The key of the partner who signed it; undefined for everybody else. */
  partnerKeyId: string | undefined;
  /** Undefined until it is found, and where there is none. */
  route: TableRoute | undefined;
  /** No limit counts it. */
  isExempt: boolean;
  /** The limit that counted it last, and what it left. */
  limited: { readonly limit: Limit; readonly taken: Taken } | undefined;
}

/** Whether the process is about to end, and the streams that then have to. */
export interface EdgeLife {
  stopping: boolean;
  readonly streams: Set<ServerResponse>;
}

export const ANONYMOUS: Caller = { userId: null, roles: [] };

export function newExchange(request: IncomingMessage, response: ServerResponse, address: string): Exchange {
  const traceparent = traceparentFrom(request.headers["traceparent"] as string | undefined);
  const unknown = { caller: ANONYMOUS, partnerKeyId: undefined, route: undefined, isExempt: false, limited: undefined };
  return { request, response, address, requestId: randomUUID(), traceparent, ...unknown };
}

/** Who is counted as one: a partner by its key, a user, or an address (an IPv6 client's /64). */
export function countedAs({ partnerKeyId, caller, address }: Exchange): string {
  if (partnerKeyId !== undefined) return `partner:${partnerKeyId}`;
  return caller.userId ?? limitedAddress(address);
}

/** For what the edge asks on its own account. */
export function ownOrigin(): Origin {
  return { caller: ANONYMOUS, requestId: randomUUID(), traceparent: traceparentFrom(undefined) };
}
