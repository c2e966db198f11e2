/**
 * The partition of a key: `murmur2(key) & 0x7fffffff % partitions`, as the Java client and every client that follows it
 * computes. It is fixed at the moment an event is written, so the order of an aggregate's events can never depend on what
 * a producer believes about the topic.
 */

const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/** MurmurHash2, 32 bit, in the variant of Kafka's Java client (Austin Appleby's algorithm with a fixed seed). */
export function murmur2(bytes: Buffer): number {
  const length = bytes.length;
  const tail = length & ~3;
  let h = SEED ^ length;
  for (let i = 0; i < tail; i += 4) {
    let k = Math.imul(bytes.readInt32LE(i), M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = length & 3;
  if (rest === 3) h ^= (bytes[tail + 2] ?? 0) << 16;
  if (rest >= 2) h ^= (bytes[tail + 1] ?? 0) << 8;
  if (rest >= 1) h = Math.imul(h ^ (bytes[tail] ?? 0), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

/** Partition of `key` in a topic of `partitions` partitions. */
export function partitionOf(key: string | Buffer, partitions: number): number {
  return (murmur2(typeof key === "string" ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}
