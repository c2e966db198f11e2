/**
 * What every answer of the edge carries, whoever made it: the request id, what a browser must not do with it, what the
 * limits leave, and which other origins may read it. Answers are not to be stored unless an open route says otherwise.
 */
import type { Exchange } from "./exchange.ts";

/** Header names and values in turn, as node:http and undici take them. */
export type FlatHeaders = string[];

export interface AnswerHeaders {
  /** Those that do not depend on the request. */
  readonly fixed: FlatHeaders;
  of(exchange: Exchange): FlatHeaders;
  /** For an OPTIONS request of a browser on behalf of an allowed origin; undefined for any other. */
  preflight(exchange: Exchange, methods: readonly string[]): FlatHeaders | undefined;
}

// Nothing the shop answers is a page, so it may load nothing and be framed nowhere; the API document has its own.
const HARDENING = [
  "X-Content-Type-Options",
  "nosniff",
  "X-Frame-Options",
  "DENY",
  "Content-Security-Policy",
  "default-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy",
  "no-referrer",
];
const HSTS = ["Strict-Transport-Security", "max-age=31536000; includeSubDomains"];
const MAY_BE_SENT = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer";
const MAY_BE_READ =
  "ETag, Idempotency-Replayed, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";
const PREFLIGHT_SECONDS = "600";

export function createAnswerHeaders(options: {
  readonly production: boolean;
  /** Exact origins whose pages may call; there are no cookies, so no credentials are ever allowed. */
  readonly corsOrigins: readonly string[];
}): AnswerHeaders {
  const fixed = options.production ? [...HARDENING, ...HSTS] : HARDENING;
  const allowed = new Set(options.corsOrigins);
  const allowedOrigin = ({ request }: Exchange): string | undefined => {
    const { origin } = request.headers;
    return origin !== undefined && allowed.has(origin) ? origin : undefined;
  };
  const basic = (exchange: Exchange): FlatHeaders => {
    const flat = ["X-Request-Id", exchange.requestId, ...fixed];
    pushLimit(flat, exchange.limited);
    if (allowed.size > 0) flat.push("Vary", "Origin");
    return flat;
  };
  return {
    fixed,
    of(exchange) {
      const flat = basic(exchange);
      const origin = allowedOrigin(exchange);
      if (origin === undefined) return flat;
      flat.push("Access-Control-Allow-Origin", origin, "Access-Control-Expose-Headers", MAY_BE_READ);
      return flat;
    },
    preflight(exchange, methods) {
      const { headers, method } = exchange.request;
      const origin = allowedOrigin(exchange);
      if (method !== "OPTIONS" || origin === undefined || !headers["access-control-request-method"]) return undefined;
      const flat = basic(exchange);
      flat.push("Access-Control-Allow-Origin", origin, "Access-Control-Allow-Methods", methods.join(", "));
      flat.push("Access-Control-Allow-Headers", MAY_BE_SENT, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
      return flat;
    },
  };
}

/** The draft of the IETF on rate limit headers: the quota and its window, and what is left of it for how long. */
function pushLimit(flat: FlatHeaders, limited: Exchange["limited"]): void {
  if (limited === undefined) return;
  const { limit, taken } = limited;
  const policy = `"${limit.name}";q=${limit.tokens};w=${limit.windowMs / 1_000}`;
  flat.push("RateLimit-Policy", policy);
  flat.push("RateLimit", `"${limit.name}";r=${taken.remaining};t=${Math.ceil(taken.resetMs / 1_000)}`);
}
