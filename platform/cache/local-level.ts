/**
 * The first level of the caches: the most used entries of this process, under the same rule as the shared level: an older
 * version never replaces a newer one. A version outlives its value's freshness, so a late answer is still recognised as late.
 */
import { LRUCache } from "lru-cache";

/** A value and the version of the source it was read at; versions of one key only grow. */
export interface Entry<T> {
  readonly version: number;
  readonly value: T;
}

export interface LocalLevel<T> {
  fresh(key: string): Entry<T> | undefined;
  /** The newest version known of a key; -1 when nothing is. */
  versionOf(key: string): number;
  put(key: string, entry: Entry<T>): void;
  /** From now on only this version or a newer one will do. */
  raise(key: string, version: number): void;
}

interface Held<T> {
  readonly version: number;
  readonly entry: Entry<T> | undefined;
  readonly freshUntil: number;
}

/** `freshMs` is shortened by up to a fifth, at random: what was filled together does not expire together. */
export function createLocalLevel<T>(options: { maxEntries: number; freshMs: number }): LocalLevel<T> {
  const { maxEntries, freshMs } = options;
  const held = new LRUCache<string, Held<T>>({ max: maxEntries });
  return {
    fresh(key) {
      const known = held.get(key);
      return known !== undefined && known.freshUntil > performance.now() ? known.entry : undefined;
    },
    versionOf: (key) => held.peek(key)?.version ?? -1,
    put(key, entry) {
      const known = held.peek(key);
      const now = performance.now();
      if (known !== undefined) {
        if (known.version > entry.version) return;
        if (known.version === entry.version && known.entry !== undefined && known.freshUntil > now) return;
      }
      held.set(key, { version: entry.version, entry, freshUntil: now + freshMs * (0.8 + Math.random() / 5) });
    },
    raise(key, version) {
      const known = held.peek(key);
      if (known !== undefined && known.version >= version) return;
      held.set(key, { version, entry: undefined, freshUntil: -Infinity });
    },
  };
}
