/**
 * The lists as the edge reads them, in Redis: hashes `access-list:black` and `access-list:white`, field = subject, value
 * `{"reason", "by", "at"}`; each change is announced on the channel `access-lists` with its version. The tables rule:
 * whenever the copy may be old or lost (Redis came back, was flushed, refused a write) it is written again, whole. An
 * older state never replaces a newer one, whichever instance brings it.
 */
import type { Redis } from "ioredis";
import type { Logger } from "#platform/logging/logger.ts";
import type { AccessEntry, AccessList } from "./access-list-store.ts";

export interface AccessListCopy {
  /** Writes both lists as they are now. Never rejects; tries again by itself. */
  publish(): Promise<void>;
  stop(): void;
}

const CHANNEL = "access-lists";
const KEYS = ["access-list:black", "access-list:white", "access-list:version"];
const RETRY_MS = 1_000;

// The version is forgotten unless the regular copy renews it, so that a database set back to an older state is copied too.
const WRITE = `
local known = redis.call('GET', KEYS[3])
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
local at = 4
for list = 1, 2 do
  for _ = 1, tonumber(ARGV[list + 1]) do
    redis.call('HSET', KEYS[list], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
end
redis.call('SET', KEYS[3], ARGV[1], 'EX', 60)
if known ~= ARGV[1] then redis.call('PUBLISH', '${CHANNEL}', ARGV[1]) end
return 1`;

export function createAccessListCopy(options: {
  readonly redis: Redis;
  /** Both lists, with at least all changes up to `version`. */
  read(): Promise<{ version: string; entries: readonly AccessEntry[] }>;
  readonly log: Logger;
}): AccessListCopy {
  const { redis, read, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const later = (error: unknown): void => {
    log.warn({ err: error }, "the access lists could not be written to redis and will be again");
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void publish(), RETRY_MS);
  };
  const publish = async (): Promise<void> => {
    // While Redis is away the next `ready` brings us back here.
    if (stopped || redis.status !== "ready") return;
    try {
      const { version, entries } = await read();
      const [black, white] = [fieldsOf(entries, "black"), fieldsOf(entries, "white")];
      const lengths = [black.length / 2, white.length / 2];
      await redis.eval(WRITE, KEYS.length, ...KEYS, version, ...lengths, ...black, ...white);
    } catch (error) {
      later(error);
    }
  };
  const onReady = (): void => void publish();
  redis.on("ready", onReady);
  void publish();

  return {
    publish,
    stop() {
      stopped = true;
      clearTimeout(timer);
      redis.off("ready", onReady);
    },
  };
}

function fieldsOf(entries: readonly AccessEntry[], list: AccessList): string[] {
  return entries
    .filter((entry) => entry.list === list)
    .flatMap(({ subject, reason, by, at }) => [subject, JSON.stringify({ reason, by, at: at.toISOString() })]);
}
