/**
 * Remembers nonces in Redis for longer than a signature is valid. After a flush of Redis it refuses every signature
 * created before it first saw the empty store (the marker), because those may have been used already. A client whose
 * clock is ahead escapes that rule by as much as it is ahead; whatever moves money has its own keys in the database.
 * When Redis is out of reach it rejects: nobody is let through unchecked.
 */
import type { Redis } from "ioredis";
import { AppError } from "../errors/app-error.ts";

export interface NonceStore {
  /** Sets the marker at start, so that the first signed request is not refused for being older than it. */
  prepare(): Promise<void>;
  /** True once per key and nonce; false for a repeat and for a signature older than the marker. */
  remember(keyId: string, nonce: string, createdSeconds: number): Promise<boolean>;
}

// Window of ± 60 s, plus as much again for clocks that disagree.
const REMEMBERED_MS = 180_000;

// One script, because between a separate look at the marker and the write of the nonce the store could be flushed.
const REMEMBER = `
local time = redis.call('TIME')
redis.call('SET', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), 'NX')
if ARGV[1] == '' then return 1 end
if tonumber(ARGV[1]) * 1000 < tonumber(redis.call('GET', KEYS[1])) then return 0 end
if redis.call('SET', KEYS[2], 1, 'NX', 'PX', ARGV[2]) then return 1 end
return 0`;

export function createNonceStore(redis: Redis, prefix = "nonce"): NonceStore {
  const run = async (key: string, created: string): Promise<boolean> => {
    try {
      return (await redis.eval(REMEMBER, 2, `${prefix}:marker`, `${prefix}:${key}`, created, REMEMBERED_MS)) === 1;
    } catch (cause) {
      throw new AppError({
        code: "AUTH_UNAVAILABLE",
        message: "The store of used signatures is out of reach",
        retry: "later",
        status: 503,
        retryAfterSeconds: 1,
        cause,
      });
    }
  };
  return {
    prepare: async () => void (await run("none", "")),
    remember: (keyId, nonce, createdSeconds) => run(`${keyId}:${nonce}`, String(createdSeconds)),
  };
}
