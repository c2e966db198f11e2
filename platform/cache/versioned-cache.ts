/**
 * Values of a source of truth in two levels: this process, then Redis, then the source itself.
 *
 * Guarantees: an older version never replaces a newer one, in either level, whatever overtakes what; one fill per key at a
 * time in a process, however many ask; nothing fails because Redis does. A value is behind the source by no more than
 * `freshMs` + `sharedMs` even if every invalidation is lost; after `obsolete`, in this process by nothing, in others by the
 * time a message takes (`tellAfterMs` + `freshMs` where they are not told).
 * Does not guarantee: that two processes show the same version at one moment, or that what is shown is the newest: decide
 * nothing by it.
 */
import type { Entry, LocalLevel } from "./local-level.ts";
import type { RedisLevel, StoredEntry } from "./redis-level.ts";

/** Reads the source. The version must be read with the value, or before it, and grow with every change of the value. */
export type Fill<T> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Entry<T>>>;

export interface VersionedCache<T> {
  get(key: string, fill: () => Promise<Entry<T>>): Promise<Entry<T>>;
  /** Every key is in the answer, unless the fill leaves it out. Rejects only as the fill does. */
  getMany(keys: readonly string[], fill: Fill<T>): Promise<ReadonlyMap<string, Entry<T>>>;
  /**
   * To be called after the commit that brought the keys to these versions: older values are not served here any more.
   * Resolves when the other instances can know; never rejects.
   */
  obsolete(versions: ReadonlyMap<string, number>): Promise<void>;
}

export interface CacheParts<T> {
  readonly local: LocalLevel<T>;
  readonly shared: RedisLevel;
  /** Sets the cache's keys apart in Redis. */
  readonly prefix: string;
  /** Lifetime of a value in Redis; shortened by up to a fifth, at random. */
  readonly sharedMs: number;
  /** Passes on to all instances what became obsolete. */
  tell(versions: ReadonlyMap<string, number>): Promise<void>;
  counted?(level: "local" | "redis" | "source", count: number): void;
}

/** A mark lives longer than any fill that is still stored. */
const MAX_FILL_SHARE = 0.5;

export function createVersionedCache<T>(parts: CacheParts<T>): VersionedCache<T> {
  const { local, counted } = parts;
  const fly = createFlights(createLoad(parts));

  async function fetch(wanted: readonly string[], fill: Fill<T>, into: Map<string, Entry<T>>): Promise<void> {
    let keys = wanted;
    for (const isLast of [false, true]) {
      const entries = await fly(keys, fill);
      const late: string[] = [];
      for (const [at, entry] of entries.entries()) {
        const key = keys[at] as string;
        if (entry !== undefined) into.set(key, entry);
        // A fill that began before a commit may end after it: whoever asks after the commit must not get its answer.
        if (entry !== undefined && entry.version < local.versionOf(key)) late.push(key);
      }
      if (late.length === 0 || isLast) return;
      keys = late;
    }
  }

  async function getMany(keys: readonly string[], fill: Fill<T>): Promise<ReadonlyMap<string, Entry<T>>> {
    const found = new Map<string, Entry<T>>();
    const missing: string[] = [];
    for (const key of keys) {
      const entry = local.fresh(key);
      if (entry === undefined) missing.push(key);
      else found.set(key, entry);
    }
    if (found.size > 0) counted?.("local", found.size);
    if (missing.length > 0) await fetch(missing, fill, found);
    return found;
  }

  return {
    getMany,
    async get(key, fill) {
      const found = await getMany([key], async () => new Map([[key, await fill()]]));
      return found.get(key) as Entry<T>;
    },
    async obsolete(versions) {
      for (const [key, version] of versions) local.raise(key, version);
      await parts.tell(versions);
    },
  };
}

type Load<T> = (keys: readonly string[], fill: Fill<T>) => Promise<ReadonlyMap<string, Entry<T>>>;

/** One load per key at a time: joins the loads under way and starts one for the other keys. */
function createFlights<T>(load: Load<T>) {
  const flights = new Map<string, Promise<Entry<T> | undefined>>();

  function start(keys: readonly string[], fill: Fill<T>): void {
    const loading = load(keys, fill);
    for (const key of keys) {
      const flight = loading.then((loaded) => loaded.get(key));
      flights.set(key, flight);
      const land = (): void => void flights.delete(key);
      flight.then(land, land);
    }
  }

  return (keys: readonly string[], fill: Fill<T>): Promise<(Entry<T> | undefined)[]> => {
    const grounded = keys.filter((key) => !flights.has(key));
    if (grounded.length > 0) start(grounded, fill);
    return Promise.all(keys.map((key) => flights.get(key) ?? Promise.resolve(undefined)));
  };
}

/** From Redis what is there and new enough, the rest from the source; both levels are given what they lack. */
function createLoad<T>({ local, shared, prefix, sharedMs, counted }: CacheParts<T>): Load<T> {
  async function fromSource(keys: readonly string[], fill: Fill<T>): Promise<ReadonlyMap<string, Entry<T>>> {
    const startedAt = performance.now();
    const filled = await fill(keys);
    for (const [key, entry] of filled) local.put(key, entry);
    counted?.("source", keys.length);
    // An answer that took so long might meet no mark of a newer version any more.
    if (performance.now() - startedAt <= sharedMs * MAX_FILL_SHARE) share(filled);
    return filled;
  }

  function share(filled: ReadonlyMap<string, Entry<T>>): void {
    // Version 0 is what does not exist (yet): anybody can ask for any number of such keys, so they stay in the process.
    const lasting = [...filled].filter(([, { version }]) => version > 0);
    if (lasting.length === 0) return;
    const ttlMs = sharedMs * (0.8 + Math.random() / 5);
    void shared.write(
      lasting.map(([key, { version, value }]) => ({
        key: prefix + key,
        version,
        text: JSON.stringify(value),
        ttlMs,
      })),
    );
  }

  return async (keys, fill) => {
    const loaded = new Map<string, Entry<T>>();
    const stored = await shared.read(keys.map((key) => prefix + key));
    const missing: string[] = [];
    for (const key of keys) {
      const known = stored.get(prefix + key);
      // Somebody committed this version, and the message about it has not come here (yet).
      if (known !== undefined && known.text === undefined) local.raise(key, known.version);
      const entry = usable<T>(known, local.versionOf(key));
      if (entry === undefined) {
        missing.push(key);
        continue;
      }
      loaded.set(key, entry);
      local.put(key, entry);
    }
    if (loaded.size > 0) counted?.("redis", loaded.size);
    if (missing.length > 0) for (const [key, entry] of await fromSource(missing, fill)) loaded.set(key, entry);
    return loaded;
  };
}

function usable<T>(stored: StoredEntry | undefined, floor: number): Entry<T> | undefined {
  if (stored?.text === undefined || stored.version < floor) return undefined;
  try {
    return { version: stored.version, value: JSON.parse(stored.text) as T };
  } catch {
    return undefined; // spoilt in Redis: slower until its lifetime ends, not wrong
  }
}
