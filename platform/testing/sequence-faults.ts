/** The checker of published topics. Its own test lives beside the relay's. */
import type { ReadRecord } from "./topic-reader.ts";

/**
 * What a topic may never show: a hole, a first occurrence out of order, or two events with one sequence. `expected`: how
 * many events each key must have; when absent, up to the highest seen.
 */
export function sequenceFaults(records: readonly ReadRecord[], expected?: number): string[] {
  const faults: string[] = [];
  for (const [key, list] of Map.groupBy(records, (record) => record.key)) {
    const ids = new Map<number, string>();
    for (const { seq, eventId } of list) {
      const known = ids.get(seq);
      if (known !== undefined && known !== eventId) faults.push(`${key}: ${seq} twice with different ids`);
      const highest = Math.max(0, ...ids.keys());
      if (known === undefined && seq < highest) faults.push(`${key}: ${highest} before ${seq}`);
      ids.set(seq, eventId);
    }
    for (let seq = 1; seq <= (expected ?? Math.max(...ids.keys())); seq += 1)
      if (!ids.has(seq)) faults.push(`${key}: ${seq} lost`);
  }
  return faults;
}
