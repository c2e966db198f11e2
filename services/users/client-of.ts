import type { RouteRequest } from "#platform/http/route.ts";

/** Where a request came from, for limits and for the security log. */
export interface Client {
  readonly requestId: string;
  readonly address: string;
}

/** The edge says which address it was called from; a caller without the edge has none. */
export function clientOf(request: Pick<RouteRequest<never, never, never>, "cause" | "header">): Client {
  const address = request.header("mall-client-address") ?? "unknown";
  return { requestId: request.cause.correlationId, address };
}
