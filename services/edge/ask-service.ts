/** Reads from a service on the edge's own account, for what the edge puts together or has to know itself. */
import { Unjudged } from "#platform/http/circuit-breaker.ts";
import type { Origin } from "./exchange.ts";
import type { InnerHeaders } from "./inner-headers.ts";
import { isRefused, type ServicePools, serviceUnavailable } from "./service-pools.ts";

/** The body of a 200 answer; rejects with SERVICE_UNAVAILABLE for anything else, and after `timeoutMs`. */
export type AskService = <T>(
  origin: Origin,
  question: { service: string; path: string; timeoutMs: number },
) => Promise<T>;

export function createAskService(pools: ServicePools, innerHeaders: InnerHeaders): AskService {
  return async <T>(origin: Origin, question: { service: string; path: string; timeoutMs: number }) => {
    const { service, path, timeoutMs } = question;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = innerHeaders.identifying(origin, service);
    let refused: unknown;
    for (const { breaker, ordinary } of pools.instancesOf(service)) {
      let found: { body: T } | undefined;
      try {
        await breaker.run(async () => {
          try {
            const { statusCode, body } = await ordinary.request({ method: "GET", path, headers, signal });
            if (statusCode === 200) found = { body: (await body.json()) as T };
            else await body.dump();
          } catch (error) {
            // Less patience than a client's own request gets: the service may be only slow.
            if (signal.aborted) throw new Unjudged("not within the time of a part", { cause: error });
            throw error;
          }
        });
        if (found !== undefined) return found.body;
        throw new Error(`${service} did not answer with 200`);
      } catch (error) {
        if (!isRefused(error)) throw serviceUnavailable(service, error);
        refused = error;
      }
    }
    throw serviceUnavailable(service, refused);
  };
}
