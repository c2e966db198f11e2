/** An instance of the catalogue for tests, on a schema of their own. */
import type { Redis } from "ioredis";
import { type CacheOptions, type Caches, openCaches } from "#platform/cache/caches.ts";
import { createLocalLevel } from "#platform/cache/local-level.ts";
import { createVersionedCache, type VersionedCache } from "#platform/cache/versioned-cache.ts";
import type { connectDatabase } from "#platform/database/database.ts";
import { createIds } from "#platform/ids/ids.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { createMetrics } from "#platform/metrics/metrics.ts";
import { createOutbox } from "#platform/outbox/outbox.ts";
import { testCodec } from "#platform/testing/test-codec.ts";
import { catalogInventoryV1 } from "#topics/catalog.inventory.v1.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { createShopWindow, type WindowOptions } from "./products/shop-window.ts";
import type { CatalogueDeps } from "./routes.ts";

export interface CatalogueUnderTest extends CatalogueDeps {
  stop(): void;
}

export const codec = testCodec([catalogSkuV1, catalogInventoryV1]);
const TIMES = { freshMs: 2_000, sharedMs: 10_000 };

/**
 * With a Redis, caches as in production, kept apart by `service`; without, those of the process alone. `lag` holds up each
 * answer of the source on its way into the caches, so that it can be overtaken.
 */
export function openCatalogue(
  db: ReturnType<typeof connectDatabase>,
  shared?: { readonly redis: Redis; readonly service: string; lag?(): Promise<unknown> },
  changes: Partial<WindowOptions> = {},
): CatalogueUnderTest {
  const log = createLogger({ service: "test", instance: "test", level: "silent" });
  const caches = shared ? openCaches({ ...shared, log, metrics: createMetrics("test") }) : LOCAL;
  const window = createShopWindow({ db, caches: lagging(caches, shared?.lag), ...TIMES, ...changes });
  const outbox = createOutbox({ codec, source: "/mall/catalog" });
  const { stockChanged } = window;
  const idle = () => undefined;
  return { db, outbox, window, stockChanged, poke: idle, hasRoom: () => true, newId: createIds(), stop: caches.stop };
}

function lagging(caches: Caches, lag: (() => Promise<unknown>) | undefined): Pick<Caches, "open"> {
  if (lag === undefined) return caches;
  const late = async <A extends readonly unknown[], R>(read: (...asked: A) => Promise<R>, ...asked: A): Promise<R> => {
    const answer = await read(...asked);
    await lag();
    return answer;
  };
  return {
    open<T>(options: CacheOptions): VersionedCache<T> {
      const cache = caches.open<T>(options);
      return {
        get: (key, fill) => cache.get(key, () => late(fill)),
        getMany: (keys, fill) => cache.getMany(keys, (asked) => late(fill, asked)),
        obsolete: cache.obsolete,
      };
    },
  };
}

const LOCAL: Caches = {
  open<T>({ name, ...options }: { name: string; maxEntries: number; freshMs: number; sharedMs: number }) {
    const shared = { read: async () => new Map<string, never>(), write: async () => false };
    const local = createLocalLevel<T>(options);
    return createVersionedCache<T>({ ...options, local, shared, prefix: name, tell: async () => undefined });
  },
  stop: () => undefined,
};
