/** Which orders a number may mean, without an index on numbers: an order number is its day and the end of its id. */
import { firstIdAt } from "#platform/ids/ids.ts";

const ID = /^[1-9][0-9]{0,18}$/;
const NUMBER = /^(\d{4})(\d\d)(\d\d)(\d{15})$/;
const DAY_MS = 24 * 3_600_000;
const END_SIZE = 10n ** 15n;
const BEYOND_ALL = 2n ** 63n;

/** Ids of orders that may have this id or this number; who finds such an order compares its number. */
export function idsOfNumber(text: string): string[] {
  const asId = ID.test(text) && BigInt(text) < BEYOND_ALL ? [text] : [];
  const [, year, month, day, end] = NUMBER.exec(text) ?? [];
  if (end === undefined) return asId;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // A day more on both sides: the day is the database's, the id's time the process's. Three days hold two ends at most.
  const first = BigInt(firstIdAt(new Date(at - DAY_MS)));
  const last = BigInt(firstIdAt(new Date(at + 2 * DAY_MS)));
  const found = [...asId];
  for (let id = first - (first % END_SIZE) + BigInt(end); id <= last; id += END_SIZE) {
    if (id >= first && id > 0n) found.push(String(id));
  }
  return found;
}
