/**
 * The second level of the caches: entries in Redis, shared by all instances. Every write compares versions on the server, so
 * that no order of arrival lets an older value replace a newer one. Nothing here rejects: with Redis away reads find nothing
 * and writes are lost, and for a second after a failure nobody tries.
 */
import type { Redis } from "ioredis";
import type { Logger } from "../logging/logger.ts";

/** What is known of a key: its version, and its value unless only the version is known. */
export interface StoredEntry {
  readonly version: number;
  /** JSON text; undefined for a key of which something newer exists than anybody has stored. */
  readonly text: string | undefined;
}

export interface RedisLevel {
  /** Keys that are not there are absent from the map. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, StoredEntry>>;
  /** Keeps each entry for its `ttlMs` unless a newer one is there. False when Redis did not take them. */
  write(entries: readonly (StoredEntry & { readonly key: string; readonly ttlMs: number })[]): Promise<boolean>;
}

// The value's own version leads its text, so that a comparison reads a few bytes and not the value. Of one version the
// first value stays; a value takes the place of a mark that says no more than its version.
const PUT_NEWER = `
local held, first = string.match(redis.call('GETRANGE', KEYS[1], 0, 16), '^(%d+)|(.?)')
if held then
  local ahead = tonumber(held) - tonumber(ARGV[1])
  if ahead > 0 or (ahead == 0 and (first ~= '' or ARGV[2] == '')) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1] .. '|' .. ARGV[2], 'PX', ARGV[3])
return 1`;

const REST_AFTER_FAILURE_MS = 1_000;

interface PuttingPipeline {
  putNewer(key: string, version: number, text: string, ttlMs: number): unknown;
}

/** `redis` must fail fast, as that of `openRedis` does: whoever reads waits for it. */
export function createRedisLevel(redis: Redis, log: Logger): RedisLevel {
  redis.defineCommand("putNewer", { numberOfKeys: 1, lua: PUT_NEWER });
  let restUntil = -Infinity;

  const isAway = (): boolean => redis.status !== "ready" || performance.now() < restUntil;
  const rest = (error: unknown): void => {
    restUntil = performance.now() + REST_AFTER_FAILURE_MS;
    log.debug({ err: error }, "cache: redis failed, resting");
  };

  return {
    async read(keys) {
      const found = new Map<string, StoredEntry>();
      if (isAway()) return found;
      try {
        const texts = await redis.mget([...keys]);
        for (const [at, text] of texts.entries()) {
          const entry = text === null ? undefined : parse(text);
          if (entry !== undefined) found.set(keys[at] as string, entry);
        }
      } catch (error) {
        rest(error);
      }
      return found;
    },
    async write(entries) {
      if (isAway()) return false;
      try {
        const pipeline = redis.pipeline();
        for (const { key, version, text = "", ttlMs } of entries) {
          (pipeline as unknown as PuttingPipeline).putNewer(key, version, text, Math.ceil(ttlMs));
        }
        const failure = (await pipeline.exec())?.find(([error]) => error !== null)?.[0];
        if (failure) throw failure;
        return true;
      } catch (error) {
        rest(error);
        return false;
      }
    },
  };
}

function parse(stored: string): StoredEntry | undefined {
  const end = stored.indexOf("|");
  const version = Number(stored.slice(0, end));
  if (end < 1 || !Number.isSafeInteger(version)) return undefined;
  return { version, text: end + 1 === stored.length ? undefined : stored.slice(end + 1) };
}
