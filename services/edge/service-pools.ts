/**
 * Connections to the instances of each service, taken in turn. Requests that may be held open have pools of their own,
 * so that a crowd of waiting shoppers never takes the connections of those who are served at once.
 */
import type { Dispatcher, Pool } from "undici";
import { AppError } from "#platform/errors/app-error.ts";

export interface Instance {
  readonly ordinary: Dispatcher;
  readonly waiting: Dispatcher;
}

export interface ServicePools {
  /** The instances of a service in the order in which to try them; throws SERVICE_UNAVAILABLE when it has none. */
  instancesOf(service: string): readonly Instance[];
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 1_000;
const KEPT_IDLE_MS = 30_000; // shorter than the 65 s of the services: they must not be the ones to hang up
const ORDINARY: Pool.Options = { connections: 64, headersTimeout: 10_000, bodyTimeout: 10_000 };
// A wait is 10 s at most; a stream pings every 15 s.
const WAITING: Pool.Options = { connections: 1_024, headersTimeout: 20_000, bodyTimeout: 60_000 };

/** `openPool` makes an undici Pool. */
export function createServicePools(
  serviceUrls: Readonly<Record<string, readonly string[]>>,
  openPool: (origin: string, options: Pool.Options) => Dispatcher,
): ServicePools {
  const open = (origin: string, options: Pool.Options): Dispatcher =>
    openPool(origin, {
      ...options,
      pipelining: 1,
      keepAliveTimeout: KEPT_IDLE_MS,
      keepAliveMaxTimeout: KEPT_IDLE_MS,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    });
  const services = new Map(
    Object.entries(serviceUrls).map(([service, urls]) => [
      service,
      {
        turn: 0,
        instances: urls.map((origin) => ({ ordinary: open(origin, ORDINARY), waiting: open(origin, WAITING) })),
      },
    ]),
  );
  return {
    instancesOf(name) {
      const service = services.get(name);
      if (service === undefined) throw serviceUnavailable(name);
      const { instances } = service;
      if (instances.length === 1) return instances;
      service.turn = (service.turn + 1) % instances.length;
      return [...instances.slice(service.turn), ...instances.slice(0, service.turn)];
    },
    async close() {
      const pools = [...services.values()].flatMap(({ instances }) => instances);
      await Promise.all(pools.flatMap(({ ordinary, waiting }) => [ordinary.destroy(), waiting.destroy()]));
    },
  };
}

/** Nothing listened there, so nothing was done there: another instance may be tried. */
export function isRefused(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ECONNREFUSED";
}

export function serviceUnavailable(service: string, cause?: unknown): AppError {
  return new AppError({
    code: "SERVICE_UNAVAILABLE",
    message: "The service cannot answer at the moment",
    retry: "later",
    status: 503,
    retryAfterSeconds: 1,
    cause: cause ?? new Error(`${service} is not configured`),
  });
}
