import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createLocalLevel, type Entry } from "./local-level.ts";
import type { RedisLevel } from "./redis-level.ts";
import { type CacheParts, createVersionedCache } from "./versioned-cache.ts";

const NOTHING: RedisLevel = { read: async () => new Map(), write: async () => true };

function aCache(changes: Partial<CacheParts<string>> = {}, freshMs = 60_000) {
  const local = createLocalLevel<string>({ maxEntries: 100, freshMs });
  return createVersionedCache<string>({
    local,
    shared: NOTHING,
    prefix: "p:",
    sharedMs: 10_000,
    tell: async () => undefined,
    ...changes,
  });
}

/** A source with a value per version, whose reads can be held up between reading and answering. */
function aSource() {
  let version = 1;
  let reads = 0;
  let isOpen = false;
  const gates: (() => void)[] = [];
  const read = async (held: boolean): Promise<Entry<string>> => {
    reads += 1;
    const entry = { version, value: `v${version}` };
    if (held && !isOpen) await new Promise<void>((resolve) => gates.push(resolve));
    return entry;
  };
  return {
    read: () => read(false),
    readHeld: () => read(true),
    open: () => {
      isOpen = true;
      for (const open of gates) open();
    },
    change: () => (version += 1),
    reads: () => reads,
  };
}

describe("a cached value", () => {
  it("is read from the source once, however many ask at a time", async () => {
    const [cache, source] = [aCache(), aSource()];
    const asked = Array.from({ length: 50 }, () => cache.get("k", source.readHeld));
    await delay(1);
    source.open();
    expect(new Set((await Promise.all(asked)).map(({ value }) => value))).toEqual(new Set(["v1"]));
    await cache.get("k", source.read);
    expect(source.reads()).toBe(1);
  });

  it("is read again after its time, and at once after it became obsolete", async () => {
    const [cache, source] = [aCache({}, 30), aSource()];
    await cache.get("k", source.read);
    source.change();
    expect((await cache.get("k", source.read)).value).toBe("v1");
    await delay(40);
    expect((await cache.get("k", source.read)).value).toBe("v2");
    source.change();
    await cache.obsolete(new Map([["k", 3]]));
    expect((await cache.get("k", source.read)).value).toBe("v3");
  });

  it("is not replaced by an answer that was read before it and came after it", async () => {
    const [cache, source] = [aCache(), aSource()];
    const early = cache.get("k", source.readHeld);
    await delay(1);
    source.change();
    await cache.obsolete(new Map([["k", 2]]));
    const late = cache.get("k", source.read);
    source.open();
    // Both asked for what was under way; it turned out to be behind, so the source was asked once more.
    expect([(await early).value, (await late).value]).toEqual(["v2", "v2"]);
    expect((await cache.get("k", source.read)).value).toBe("v2");
    expect(source.reads()).toBe(2);
  });

  it("that does not exist is remembered here and not in Redis", async () => {
    const written: string[] = [];
    const shared = {
      ...NOTHING,
      write: async (entries: readonly { key: string }[]) => (written.push(...entries.map(({ key }) => key)), true),
    };
    const cache = aCache({ shared });
    let reads = 0;
    const fill = async () => ((reads += 1), { version: 0, value: "none" });
    await cache.get("k", fill);
    await cache.get("k", fill);
    await cache.get("other", async () => ({ version: 1, value: "some" }));
    expect([reads, written]).toEqual([1, ["p:other"]]);
  });

  it("fails as its source does for all who asked, and is tried again by the next", async () => {
    const cache = aCache();
    const fail = async (): Promise<never> => {
      throw new Error("away");
    };
    const asked = await Promise.allSettled([cache.get("k", fail), cache.get("k", fail)]);
    expect(asked.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect((await cache.get("k", aSource().read)).value).toBe("v1");
  });

  it("comes with others in one read of the source, without those that are known", async () => {
    const cache = aCache();
    await cache.get("a", async () => ({ version: 1, value: "a" }));
    const asked: string[][] = [];
    const fill = async (keys: readonly string[]) => {
      asked.push([...keys]);
      return new Map(keys.filter((key) => key !== "none").map((key) => [key, { version: 1, value: key }]));
    };
    const found = await cache.getMany(["a", "b", "c", "none"], fill);
    expect([...found.keys()].toSorted()).toEqual(["a", "b", "c"]);
    expect(asked).toEqual([["b", "c", "none"]]);
  });
});
