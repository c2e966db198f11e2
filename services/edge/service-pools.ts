/**
 * Connections to the instances of each service, taken in turn. Requests that may be held open have pools of their own,
 * so that a crowd of waiting shoppers never takes the connections of those who are served at once. An instance that does
 * not answer is left alone until it lives again.
 */
import type { Dispatcher, Pool } from "undici";
import { AppError } from "#platform/errors/app-error.ts";
import { type Breaker, createCircuitBreaker } from "#platform/http/circuit-breaker.ts";

export interface Instance {
  readonly breaker: Breaker;
  readonly ordinary: Dispatcher;
  readonly waiting: Dispatcher;
}

export interface ServicePools {
  /** The instances that answer, in the order in which to try them; throws SERVICE_UNAVAILABLE when there is none. */
  instancesOf(service: string): readonly Instance[];
  close(): Promise<void>;
}

const KEPT_IDLE_MS = 30_000; // shorter than the 65 s of the services: they must not be the ones to hang up
const EVERY_POOL: Pool.Options = {
  pipelining: 1,
  keepAliveTimeout: KEPT_IDLE_MS,
  keepAliveMaxTimeout: KEPT_IDLE_MS,
  connect: { timeout: 1_000 },
};
const ORDINARY: Pool.Options = { connections: 64, headersTimeout: 10_000, bodyTimeout: 10_000 };
// A wait is 10 s at most; a stream pings every 15 s.
const WAITING: Pool.Options = { connections: 1_024, headersTimeout: 20_000, bodyTimeout: 60_000 };
const PROBE_MS = 500;

/** `openPool` makes an undici Pool; `onChange` hears when an instance stops answering and when it does again. */
export function createServicePools(options: {
  readonly serviceUrls: Readonly<Record<string, readonly string[]>>;
  openPool(origin: string, options: Pool.Options): Dispatcher;
  onChange(origin: string, isOpen: boolean): void;
}): ServicePools {
  const { serviceUrls, openPool, onChange } = options;
  const open = (origin: string): Instance => {
    const [ordinary, waiting] = [ORDINARY, WAITING].map((own) => openPool(origin, { ...EVERY_POOL, ...own }));
    const breaker = createCircuitBreaker({
      name: origin,
      probe: () => probe(ordinary!),
      onChange: (isOpen) => onChange(origin, isOpen),
    });
    return { breaker, ordinary: ordinary!, waiting: waiting! };
  };
  const services = new Map(
    Object.entries(serviceUrls).map(([service, urls]) => [service, { turn: 0, instances: urls.map(open) }]),
  );
  return {
    instancesOf(name) {
      const service = services.get(name);
      if (service === undefined) throw serviceUnavailable(name);
      const answering = service.instances.filter(({ breaker }) => !breaker.isOpen);
      if (answering.length === 0) throw serviceUnavailable(name, new Error(`${name} does not answer`));
      service.turn = (service.turn + 1) % answering.length;
      return [...answering.slice(service.turn), ...answering.slice(0, service.turn)];
    },
    async close() {
      const all = [...services.values()].flatMap(({ instances }) => instances);
      for (const { breaker } of all) breaker.close();
      await Promise.all(all.flatMap(({ ordinary, waiting }) => [ordinary.destroy(), waiting.destroy()]));
    },
  };
}

/** Alive is enough: a service whose database is away still says so itself, and well. */
async function probe(pool: Dispatcher): Promise<void> {
  const signal = AbortSignal.timeout(PROBE_MS);
  const { statusCode, body } = await pool.request({ method: "GET", path: "/health/live", signal });
  await body.dump();
  if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
}

/** Nobody listened there, or was asked, so nothing was done there: another instance may be tried. */
export function isRefused(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ECONNREFUSED" || code === "EOPENBREAKER";
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
