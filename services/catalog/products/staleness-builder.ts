/** Measures how far readers are behind writers: each commit is noted when it is known, each read with what it saw. */
export interface Seen {
  readonly key: string;
  readonly version: number;
  /** When the read began, in milliseconds of the same clock as the commits. */
  readonly started: number;
  readonly reader: string;
}

export interface Probe {
  committed(key: string, version: number, at: number): void;
  seen(read: Seen): void;
  /** `worstMs`: the longest time between a commit and the start of a read that did not see it. */
  summary(): { reads: number; commits: number; worstMs: number; p99Ms: number; stepsBack: string[] };
}

export function createProbe(): Probe {
  const commits = new Map<string, Map<number, number>>();
  const reads: Seen[] = [];
  const newest = new Map<string, number>();
  const stepsBack: string[] = [];
  return {
    committed(key, version, at) {
      const ofKey = commits.get(key) ?? new Map<number, number>();
      commits.set(key, ofKey.set(version, at));
    },
    seen(read) {
      reads.push(read);
      const place = `${read.reader}: ${read.key}`;
      const before = newest.get(place) ?? 0;
      if (read.version < before) stepsBack.push(`${place} ${read.version} after ${before}`);
      newest.set(place, Math.max(before, read.version));
    },
    summary() {
      const behind = reads
        .map(({ key, version, started }) => started - (commits.get(key)?.get(version + 1) ?? Infinity))
        .map((ms) => Math.max(0, Math.round(ms)))
        .toSorted((a, b) => a - b);
      return {
        reads: reads.length,
        commits: [...commits.values()].reduce((sum, { size }) => sum + size, 0),
        worstMs: behind.at(-1) ?? 0,
        p99Ms: behind[Math.floor(behind.length * 0.99)] ?? 0,
        stepsBack,
      };
    },
  };
}
