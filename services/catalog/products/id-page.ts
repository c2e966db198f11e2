/** Pages of lists that are ordered by an id: the cursor is the id of the last item. */
import { decodeCursor, encodeCursor } from "#platform/http/cursor.ts";
import { idText } from "#platform/http/fields.ts";
import { clientError } from "#platform/http/problem.ts";

/** The id that a cursor stands for; throws 400 CURSOR_INVALID when it is none that was given out. */
export function idOfCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = idText.safeParse(decodeCursor(cursor, 1)[0]);
  if (id.success) return id.data;
  throw clientError("CURSOR_INVALID", "The cursor is not one that was given out");
}

/** Of one item more than asked for, those asked for: the one more tells that there is another page. */
export function pageOf<T>(
  found: readonly T[],
  limit: number,
  idOf: (item: T) => string,
): { items: T[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? encodeCursor([idOf(last)]) : null };
}
