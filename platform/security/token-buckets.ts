/**
 * Token buckets for limits on how often something may be done. `take` decides at once in this process and tells Redis
 * within 50 ms; what other instances took comes back with the answer. So one instance is exact, several let through at
 * most what each of them may in 200 ms more. `takeShared` decides in Redis and is exact for all. While Redis is away
 * both decide here, and each instance grants the whole limit.
 */
import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";

/** `tokens` are there at first and come back evenly over `windowMs`. */
export interface Limit {
  readonly name: string;
  readonly tokens: number;
  readonly windowMs: number;
}

export interface Taken {
  readonly allowed: boolean;
  /** Whole tokens left. */
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetMs: number;
  /** Until the next token; 0 when there is one. */
  readonly retryAfterMs: number;
}

export interface TokenBuckets {
  take(limit: Limit, key: string): Taken;
  takeShared(limit: Limit, key: string): Promise<Taken>;
  /** Puts back what was taken from a shared bucket for something that turned out not to count. Never rejects. */
  giveBack(limit: Limit, key: string): Promise<void>;
}

interface Bucket {
  readonly name: string;
  readonly limit: Limit;
  tokens: number;
  atMs: number;
  /** Taken here and not yet told. */
  untold: number;
}

const TELL_EVERY_MS = 50;
/** What is told late was refilled late: Redis may lag behind the truth by so much without anyone else having taken. */
const LAG_MS = 150;
const TOLD_AT_ONCE = 200;
const KEPT = 50_000;

// For each key: capacity, tokens per ms, tokens wanted, 1 = charged even if they are not there. Answers what was taken
// and what is left, in turn. A debt ends at one capacity, so that nobody waits for more than a window.
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local answers = {}
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 4
  local capacity, perMs, wanted = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local known = redis.call('HMGET', key, 'tokens', 'at')
  local tokens = capacity
  if known[1] then tokens = math.min(capacity, known[1] + math.max(0, now - known[2]) * perMs) end
  local taken = 0
  if ARGV[at + 4] == '1' or tokens >= wanted then
    tokens = math.max(-capacity, tokens - wanted)
    taken = 1
  end
  redis.call('HSET', key, 'tokens', string.format('%.6f', tokens), 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', key, math.ceil((capacity - tokens) / perMs) + 1000)
  answers[2 * i - 1] = taken
  answers[2 * i] = string.format('%.6f', tokens)
end
return answers`;

/** `monotonicMs`: a clock that never goes back; the process's when absent. */
export function createTokenBuckets(options: {
  readonly redis: Pick<Redis, "eval">;
  readonly prefix?: string;
  readonly monotonicMs?: () => number;
}): TokenBuckets {
  const { redis, prefix = "limit", monotonicMs = () => performance.now() } = options;
  const buckets = new LRUCache<string, Bucket>({ max: KEPT });
  const untold = new Set<Bucket>();
  let timer: NodeJS.Timeout | undefined;

  const bucketOf = (limit: Limit, key: string): Bucket => {
    const name = `${prefix}:${limit.name}:${key}`;
    const known = buckets.get(name);
    if (known !== undefined) return refilled(known, monotonicMs());
    const bucket = { name, limit, tokens: limit.tokens, atMs: monotonicMs(), untold: 0 };
    buckets.set(name, bucket);
    return bucket;
  };
  const tell = async (): Promise<void> => {
    // What is taken meanwhile is for the next time: under load this would never rest, and tell every token by itself.
    const all = [...untold];
    untold.clear();
    for (let at = 0; at < all.length; at += TOLD_AT_ONCE) {
      await tellRedis(redis, all.slice(at, at + TOLD_AT_ONCE), monotonicMs);
    }
    timer = untold.size > 0 ? tellLater() : undefined;
  };
  const tellLater = (): NodeJS.Timeout => setTimeout(() => void tell(), TELL_EVERY_MS).unref();
  return {
    take(limit, key) {
      const bucket = bucketOf(limit, key);
      if (bucket.tokens < 1) return outcome(bucket, false);
      bucket.tokens -= 1;
      bucket.untold += 1;
      untold.add(bucket);
      timer ??= tellLater();
      return outcome(bucket, true);
    },
    async takeShared(limit, key) {
      const bucket = bucketOf(limit, key);
      try {
        const [taken, tokens] = await takeInRedis(redis, [{ bucket, wanted: 1, force: false }]);
        Object.assign(bucket, { tokens: Number(tokens), atMs: monotonicMs() });
        return outcome(bucket, taken === 1);
      } catch {
        // Redis is away: what was last known here goes on by itself.
        refilled(bucket, monotonicMs());
        const allowed = bucket.tokens >= 1;
        if (allowed) bucket.tokens -= 1;
        return outcome(bucket, allowed);
      }
    },
    async giveBack(limit, key) {
      const bucket = bucketOf(limit, key);
      bucket.tokens = Math.min(limit.tokens, bucket.tokens + 1);
      await takeInRedis(redis, [{ bucket, wanted: -1, force: true }]).catch(() => undefined);
    },
  };
}

/** Charges what was taken here, and lowers what is left by what others took. */
async function tellRedis(redis: Pick<Redis, "eval">, told: readonly Bucket[], monotonicMs: () => number) {
  const charges = told.map((bucket) => ({ bucket, wanted: bucket.untold, force: true }));
  for (const bucket of told) bucket.untold = 0;
  let answers: readonly (number | string)[];
  try {
    answers = await takeInRedis(redis, charges);
  } catch {
    // Redis is away: the others do without knowing, as this one does of them.
    return;
  }
  for (const [index, bucket] of told.entries()) {
    const shared = Number(answers[2 * index + 1]) + perMs(bucket.limit) * LAG_MS - bucket.untold;
    if (shared < refilled(bucket, monotonicMs()).tokens) bucket.tokens = shared;
  }
}

async function takeInRedis(
  redis: Pick<Redis, "eval">,
  charges: readonly { bucket: Bucket; wanted: number; force: boolean }[],
): Promise<readonly (number | string)[]> {
  const names = charges.map(({ bucket }) => bucket.name);
  const values = charges.flatMap(({ bucket: { limit }, wanted, force }) => {
    return [limit.tokens, perMs(limit), wanted, force ? 1 : 0];
  });
  return (await redis.eval(TAKE, names.length, ...names, ...values)) as (number | string)[];
}

function refilled(bucket: Bucket, nowMs: number): Bucket {
  const { limit, tokens, atMs } = bucket;
  bucket.tokens = Math.min(limit.tokens, tokens + (nowMs - atMs) * perMs(limit));
  bucket.atMs = nowMs;
  return bucket;
}

function outcome({ limit, tokens }: Bucket, allowed: boolean): Taken {
  return {
    allowed,
    remaining: Math.max(0, Math.floor(tokens)),
    resetMs: (limit.tokens - tokens) / perMs(limit),
    retryAfterMs: Math.max(0, (1 - tokens) / perMs(limit)),
  };
}

function perMs({ tokens, windowMs }: Limit): number {
  return tokens / windowMs;
}
