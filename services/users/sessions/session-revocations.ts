/**
 * Ended sessions in Redis, for as long as an access token of theirs can be valid: `revoked:<sid>`, beside a marker
 * `revoked:marker` that says that the list is complete. Whenever the list may have holes (Redis came back, was flushed,
 * refused a write) it is written again from the database. Without the marker the edge asks this service instead.
 */
import type { Redis } from "ioredis";
import type { Logger } from "#platform/logging/logger.ts";

export interface Revocations {
  /** Never rejects: what Redis did not take is in the database and is published again. */
  revoke(sessionIds: readonly string[]): Promise<void>;
  /** Writes the whole list and the marker. Never rejects; tries again by itself. */
  publish(): Promise<void>;
  stop(): void;
}

// The 5 minutes of an access token and the tolerance of the clocks that judge it.
const KEPT_MS = 310_000;
const RETRY_MS = 1_000;

export function createRevocations(options: {
  readonly redis: Redis;
  /** Sessions that ended within the last KEPT_MS. */
  recentlyEnded(): Promise<readonly string[]>;
  readonly log: Logger;
}): Revocations {
  const { redis, recentlyEnded, log } = options;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const write = async (sessionIds: readonly string[], withMarker: boolean): Promise<void> => {
    const batch = redis.multi();
    for (const sessionId of sessionIds) batch.set(`revoked:${sessionId}`, 1, "PX", KEPT_MS);
    if (withMarker) batch.set("revoked:marker", 1);
    await batch.exec();
  };
  const later = (error: unknown): void => {
    log.warn({ err: error }, "ended sessions could not be written to redis and will be again");
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void publish(), RETRY_MS);
  };
  const publish = (): Promise<void> => {
    // While Redis is away the next `ready` brings us back here.
    if (stopped || redis.status !== "ready") return Promise.resolve();
    running ??= recentlyEnded()
      .then((sessionIds) => write(sessionIds, true))
      .catch(later)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const onReady = (): void => void publish();
  redis.on("ready", onReady);
  void publish();

  return {
    publish,
    revoke: (sessionIds) => (sessionIds.length === 0 ? Promise.resolve() : write(sessionIds, false).catch(later)),
    stop() {
      stopped = true;
      clearTimeout(timer);
      redis.off("ready", onReady);
    },
  };
}
