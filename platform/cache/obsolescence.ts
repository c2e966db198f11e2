/**
 * How instances learn that a version is out of date: a mark in Redis, which refuses older values there, and a message for
 * those who hold one. While one round is on its way the next is gathered, so a burst of commits costs few round trips.
 * What Redis did not take is tried again each second; what is too much to remember is left to the lifetimes.
 */
import type { RedisLevel } from "./redis-level.ts";

export interface Obsolescence {
  /** Resolves when this was told, or could not be for now; never rejects. */
  tell(versions: ReadonlyMap<string, number>): Promise<void>;
  stop(): void;
}

export interface ObsolescenceOptions {
  readonly shared: RedisLevel;
  readonly prefix: string;
  /** Lifetime of a mark: longer than that of any value it must refuse. */
  readonly markMs: number;
  /** Gathers for this long before telling; 0 = tells at once. */
  readonly afterMs: number;
  /** Sends a message to all instances; absent: the marks must do. */
  announce?(versions: ReadonlyMap<string, number>): Promise<void>;
}

const TRY_AGAIN_MS = 1_000;
const MAX_WAITING = 10_000;

export function createObsolescence(options: ObsolescenceOptions): Obsolescence {
  const { shared, prefix, markMs, afterMs } = options;
  let waiting = new Map<string, number>();
  let round: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function gather(versions: ReadonlyMap<string, number>): void {
    for (const [key, version] of versions) {
      if (waiting.size >= MAX_WAITING && !waiting.has(key)) continue;
      waiting.set(key, Math.max(version, waiting.get(key) ?? 0));
    }
  }

  async function send(): Promise<void> {
    const versions = waiting;
    waiting = new Map();
    const marks = [...versions].map(([key, version]) => ({
      key: prefix + key,
      version,
      text: undefined,
      ttlMs: markMs,
    }));
    const isTold = await shared.write(marks);
    await options.announce?.(versions);
    if (isTold) return;
    gather(versions);
    schedule(TRY_AGAIN_MS);
  }

  function schedule(ms: number): void {
    if (stopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void start();
    }, ms);
    timer.unref();
  }

  function start(): Promise<void> {
    round = (round ?? Promise.resolve()).then(() => (waiting.size > 0 ? send() : undefined));
    return round;
  }

  return {
    async tell(versions) {
      gather(versions);
      if (afterMs > 0) return schedule(afterMs);
      await start();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
