/**
 * The black and the white list, kept by users in Redis (`access-list:black`, `access-list:white`: a hash with a field
 * `address:<address or block>` or `user:<id>` per entry). A change counts as soon as it is announced on `access-lists`,
 * and a few seconds later when the announcement was lost. While Redis is away the last known lists hold. Lists that are
 * suddenly empty without an announcement are believed after a minute only: Redis may have lost them, and users needs
 * time to fill them again.
 */
import type { Redis } from "ioredis";
import type { Logger } from "#platform/logging/logger.ts";
import { type AddressSet, createAddressSet } from "#platform/security/address-set.ts";

export interface AccessList {
  hasAddress(address: string): boolean;
  hasUser(userId: string): boolean;
}

export interface AccessLists {
  readonly black: AccessList;
  readonly white: AccessList;
  /** Reads the lists again; rejects when Redis is away. */
  refresh(): Promise<void>;
  close(): void;
}

const CHANNEL = "access-lists";
const REFRESH_MS = 3_000;
const DOUBT_EMPTY_MS = 60_000;

export function createAccessLists(options: {
  readonly redis: Redis;
  readonly log: Logger;
  /** A clock in milliseconds that never goes back; the process's when absent. */
  readonly monotonicMs?: () => number;
}): AccessLists {
  const { redis, log, monotonicMs = () => performance.now() } = options;
  const lists = { black: new KnownList("black", log), white: new KnownList("white", log) };
  let emptySinceMs: number | undefined;
  const read = async (isAnnounced: boolean): Promise<void> => {
    const [black, white] = await Promise.all([redis.hkeys("access-list:black"), redis.hkeys("access-list:white")]);
    const isLost = black.length + white.length === 0 && lists.black.size + lists.white.size > 0;
    emptySinceMs = isLost && !isAnnounced ? (emptySinceMs ?? monotonicMs()) : undefined;
    if (emptySinceMs !== undefined && monotonicMs() - emptySinceMs < DOUBT_EMPTY_MS) return;
    lists.black.replace(black);
    lists.white.replace(white);
  };
  const readQuietly = (isAnnounced: boolean): void => {
    // Redis is away, which its client reports; the lists stay as they are.
    read(isAnnounced).catch(() => undefined);
  };
  const subscriber = redis.duplicate();
  subscriber.on("error", () => undefined);
  subscriber.on("ready", () => void subscriber.subscribe(CHANNEL).catch(() => undefined));
  subscriber.on("message", () => readQuietly(true));
  const timer = setInterval(() => readQuietly(false), REFRESH_MS).unref();
  return {
    ...lists,
    refresh: () => read(false),
    close() {
      clearInterval(timer);
      subscriber.disconnect();
    },
  };
}

class KnownList implements AccessList {
  readonly #name: string;
  readonly #log: Logger;
  #fields: ReadonlySet<string> = new Set();
  #addresses: AddressSet = createAddressSet([]).set;

  constructor(name: string, log: Logger) {
    this.#name = name;
    this.#log = log;
  }

  get size(): number {
    return this.#fields.size;
  }

  hasAddress(address: string): boolean {
    return this.#addresses.has(address);
  }

  hasUser(userId: string): boolean {
    return this.#fields.size > 0 && this.#fields.has(`user:${userId}`);
  }

  replace(fields: readonly string[]): void {
    if (fields.length === this.#fields.size && fields.every((field) => this.#fields.has(field))) return;
    const addresses = fields.filter((field) => field.startsWith("address:")).map((field) => field.slice(8));
    const { set, invalid } = createAddressSet(addresses);
    this.#fields = new Set(fields);
    this.#addresses = set;
    this.#log.info({ list: this.#name, entries: fields.length }, "access list changed");
    if (invalid.length > 0) this.#log.warn({ list: this.#name, invalid }, "access list: these are no addresses");
  }
}
