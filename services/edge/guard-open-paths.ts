/**
 * Who may see what lies beside /api: not those on the black list, and in production the metrics, which tell much of how
 * the shop is doing, only who brings the edge's key for operations. To everybody else they do not exist.
 */
import type { IncomingMessage } from "node:http";
import { authenticateByOpsKey } from "#platform/http/access.ts";
import { clientError } from "#platform/http/problem.ts";
import type { Admission } from "./admission/admit-request.ts";
import type { Exchange } from "./exchange.ts";

/** Rejects with 403 FORBIDDEN or 404 NOT_FOUND. */
export type GuardOpenPath = (exchange: Exchange, path: string) => Promise<void>;

export function createGuardOpenPath(deps: {
  readonly admission: Admission;
  readonly production: boolean;
  readonly opsKey?: Buffer | undefined;
}): GuardOpenPath {
  const { admission, production, opsKey } = deps;
  const authenticate = opsKey === undefined ? undefined : authenticateByOpsKey(opsKey);
  const holdsKey = async (request: IncomingMessage, path: string): Promise<boolean> =>
    (await authenticate?.(request, path)) !== undefined;
  return async (exchange, path) => {
    admission.admitOpen(exchange);
    if (path !== "/metrics" || !production || (await holdsKey(exchange.request, path))) return;
    throw clientError("NOT_FOUND", "There is nothing here", 404);
  };
}
