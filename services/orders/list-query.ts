/** The query of every list of orders. */
import { z } from "zod";
import { decodeCursor } from "#platform/http/cursor.ts";
import { idText } from "#platform/http/fields.ts";
import { clientError } from "#platform/http/problem.ts";
import { STATUS, type Status } from "./order.ts";
import type { OrderFilter, PageStart } from "./search-store.ts";

const statusText = z.enum(Object.values(STATUS).map(String) as [string, ...string[]]);
const moment = z.iso.datetime({ offset: true });

/** `from` (included) and `to` (excluded): when the order was placed. */
export const filterFields = { status: statusText.optional(), from: moment.optional(), to: moment.optional() };

// Above every id there can be: the first page begins there.
const BEYOND_ALL = "9223372036854775807";

export function filterOf(query: {
  readonly status?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}): OrderFilter {
  const { status, from, to } = query;
  return {
    status: status === undefined ? undefined : (Number(status) as Status),
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}

/** Throws AppError 400 CURSOR_INVALID for a cursor that was not given out. */
export function startOf({
  cursor,
  limit,
}: {
  readonly cursor?: string | undefined;
  readonly limit: number;
}): PageStart {
  if (cursor === undefined) return { before: BEYOND_ALL, limit };
  const [id] = decodeCursor(cursor, 1);
  if (idText.safeParse(id).success) return { before: id as string, limit };
  throw clientError("CURSOR_INVALID", "The cursor is not one that was given out");
}
