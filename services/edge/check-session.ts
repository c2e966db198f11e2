/**
 * Whether the session of a verified token was ended meanwhile. Guarantees that an ended session is refused at most 30 s
 * later: "not ended" is remembered for that long, and nobody is let through unchecked. Redis says it where it can: its
 * list counts only beside the marker that users sets when the list is complete. Otherwise users is asked.
 */
import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { AppError } from "#platform/errors/app-error.ts";

export type SessionCheck = (sessionId: string) => Promise<boolean>;

const ALIVE_MS = 30_000;
// An access token ends after five minutes, so its end need not be remembered for longer.
const ENDED_MS = 310_000;
const CACHED = 50_000;

/** `askUsers`: whether the session is alive, from the owner itself; rejects when users is away. */
export function createSessionCheck(options: {
  readonly redis: Pick<Redis, "mget">;
  readonly askUsers: SessionCheck;
  /** A clock in milliseconds that never goes back; the process's when absent. */
  readonly monotonicMs?: () => number;
}): SessionCheck {
  const { monotonicMs = () => performance.now() } = options;
  const known = new LRUCache<string, boolean>({ max: CACHED, perf: { now: monotonicMs }, ttlResolution: 0 });
  const asking = new Map<string, Promise<boolean>>();
  const look = async (sessionId: string): Promise<boolean> => {
    try {
      const isAlive = (await askRedis(options.redis, sessionId)) ?? (await options.askUsers(sessionId));
      known.set(sessionId, isAlive, { ttl: isAlive ? ALIVE_MS : ENDED_MS });
      return isAlive;
    } catch (cause) {
      throw unavailable(cause);
    } finally {
      asking.delete(sessionId);
    }
  };
  return (sessionId) => {
    const isAlive = known.get(sessionId);
    if (isAlive !== undefined) return Promise.resolve(isAlive);
    const running = asking.get(sessionId) ?? look(sessionId);
    asking.set(sessionId, running);
    return running;
  };
}

/** Undefined when Redis is away or its list may have holes. */
async function askRedis(redis: Pick<Redis, "mget">, sessionId: string): Promise<boolean | undefined> {
  const values = await redis.mget(`revoked:${sessionId}`, "revoked:marker").catch(() => undefined);
  if (values === undefined) return undefined;
  const [revoked, marker] = values;
  if (revoked) return false;
  return marker ? true : undefined;
}

function unavailable(cause: unknown): AppError {
  return new AppError({
    code: "AUTH_UNAVAILABLE",
    message: "Sessions cannot be checked at the moment",
    retry: "later",
    status: 503,
    retryAfterSeconds: 1,
    cause,
  });
}
