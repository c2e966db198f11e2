/**
 * Headers cross the edge only when they are named here. So nothing a client sends can pass for what the edge says:
 * `Mall-*`, `X-User-*`, `X-Forwarded-*`, cookies and hop-by-hop headers end here.
 */
import type { IncomingHttpHeaders } from "node:http";
import { IDENTITY_HEADER, signIdentity } from "#platform/security/identity.ts";
import type { AnswerHeaders, FlatHeaders } from "./answer-headers.ts";
import type { Exchange, Origin } from "./exchange.ts";
import { serviceUnavailable } from "./service-pools.ts";

const REQUEST_HEADERS = [
  "content-type",
  "content-encoding",
  "accept",
  "prefer",
  "idempotency-key",
  "if-none-match",
  "if-match",
  "last-event-id",
];
// A signature is for the service that knows the key: it verifies, the edge only carries.
const SIGNATURE_HEADERS = ["mall-key-id", "mall-created", "mall-nonce", "mall-signature"];
const RESPONSE_HEADERS = [
  "content-type",
  "content-length",
  "content-disposition",
  "etag",
  "last-modified",
  "vary",
  "retry-after",
  "allow",
  "www-authenticate",
  "idempotency-replayed",
  "preference-applied",
  "x-accel-buffering",
];

export interface InnerHeaders {
  /** Who is calling and why: on every request to a service. */
  identifying(origin: Origin, service: string): FlatHeaders;
  /** Those, and what the client sent that may pass; a signature only where the route asks for one. */
  forwarded(exchange: Exchange, service: string, options: { signed: boolean }): FlatHeaders;
}

/** `identityKeys`: the key of each service, under which it believes that the edge is calling. */
export function createInnerHeaders(identityKeys: Readonly<Record<string, string>>): InnerHeaders {
  const keys = new Map(Object.entries(identityKeys).map(([service, key]) => [service, Buffer.from(key, "base64")]));
  const identifying = ({ caller, requestId, traceparent }: Origin, service: string): FlatHeaders => {
    const key = keys.get(service);
    if (key === undefined) throw serviceUnavailable(service, new Error(`IDENTITY_KEYS has no key for ${service}`));
    const iat = Math.floor(Date.now() / 1000);
    const identity = signIdentity({ sub: caller.userId, roles: caller.roles, aud: service, iat, requestId }, key);
    return [IDENTITY_HEADER, identity, "X-Request-Id", requestId, "traceparent", traceparent];
  };
  return {
    identifying,
    forwarded(exchange, service, { signed }) {
      const flat = identifying(exchange, service);
      flat.push("Mall-Client-Address", exchange.address);
      copyHeaders(exchange.request.headers, REQUEST_HEADERS, flat);
      if (signed) copyHeaders(exchange.request.headers, SIGNATURE_HEADERS, flat);
      return flat;
    },
  };
}

/** What a client gets to see of a service's headers, and what every answer carries; Location becomes the outer path. */
export function outerHeaders(
  headers: IncomingHttpHeaders,
  exchange: Exchange,
  answerHeaders: AnswerHeaders,
): FlatHeaders {
  const flat = answerHeaders.of(exchange);
  copyHeaders(headers, RESPONSE_HEADERS, flat);
  const { location } = headers;
  if (location?.startsWith("/")) flat.push("Location", location.startsWith("/api/") ? location : `/api${location}`);
  // What needs a caller is nobody else's; what does not may be kept only as its service says.
  const isOpen = exchange.route?.access === "anyone";
  const kept = isOpen ? headers["cache-control"] : undefined;
  flat.push("Cache-Control", kept ?? "no-store");
  return flat;
}

function copyHeaders(from: IncomingHttpHeaders, names: readonly string[], flat: FlatHeaders): void {
  for (const name of names) {
    const value = from[name];
    if (value !== undefined) flat.push(name, Array.isArray(value) ? value.join(", ") : value);
  }
}
