/** What the layers of the app note about one request, in Koa's `ctx.state`. */
import { randomUUID } from "node:crypto";
import type { Caller } from "./route.ts";

export interface RequestState {
  requestId: string;
  traceparent: string;
  caller: Caller;
  /** The matched route's path with its braces. */
  route?: string;
  /** True once an event stream was begun. */
  streamed?: boolean;
}

/** Running event streams and waits, to be ended when the service stops. */
export interface AppLife {
  stopping: boolean;
  readonly open: Set<AbortController>;
}

export function newRequestId(): string {
  return randomUUID();
}
