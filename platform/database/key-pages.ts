/**
 * Long lists of keys as statements of bounded size. MariaDB turns an IN list of 1,000 and more into a materialised
 * subquery, which reads, and so locks, in an order of its own: 500 keeps well clear of that.
 */
const PER_STATEMENT = 500;

/** Cuts a list into pages, keeping its order. */
export function* inPages<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += PER_STATEMENT) yield list.slice(from, from + PER_STATEMENT);
}

/**
 * Ids without repeats, in ascending numeric order, in which every transaction locks them. They are decimal texts without
 * leading zeros: the shorter is the smaller.
 */
export function inKeyOrder(ids: Iterable<string>): string[] {
  return [...new Set(ids)].toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** Distinct ids in key order, in pages: for locking reads. */
export function keyPages(ids: Iterable<string>): Generator<readonly string[]> {
  return inPages(inKeyOrder(ids));
}
