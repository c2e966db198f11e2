/** SQL that finds orders, newest first: each statement walks one index down and reads no more rows than it is allowed. */
import { placeholders, type Queryable, rows } from "#platform/database/database.ts";
import { inPages } from "#platform/database/key-pages.ts";
import { firstIdAt } from "#platform/ids/ids.ts";
import { idsOfNumber } from "./order-number.ts";
import { STATUS, type Status } from "./order.ts";

export interface OrderFilter {
  /** Undefined = everybody's. */
  readonly userId?: string | undefined;
  readonly status?: Status | undefined;
  /** Placed at or after this moment. */
  readonly from?: Date | undefined;
  /** Placed before this moment. */
  readonly to?: Date | undefined;
}

/** Ids grow with time: a page begins below one of them. */
export interface PageStart {
  readonly before: string;
  readonly limit: number;
}

interface Statement {
  readonly sql: string;
  readonly bindings: readonly unknown[];
}

// An id has the time of the process that made it, placed_at is the database's: the id only narrows the search.
const CLOCKS_APART_MS = 600_000;
const LONG_AGO = new Date("2000-01-01T00:00:00Z");
const FAR_OFF = new Date("9999-01-01T00:00:00Z");
const SAME_NUMBER = 100;

// Each index is named: left alone, the planner may walk the primary key through all orders in search of a status that few
// of them have. The index of one's own orders is by status too, so a list of all is put together from the newest of each.
const WITHIN = "order_id < ? AND order_id >= ? AND placed_at >= ? AND placed_at < ? ORDER BY order_id DESC LIMIT ?";
const OF_ALL = `SELECT order_id FROM oms_order FORCE INDEX (PRIMARY) WHERE ${WITHIN}`;
const OF_STATUS = `SELECT order_id FROM oms_order FORCE INDEX (by_status) WHERE status = ? AND ${WITHIN}`;
const OWN_OF_STATUS = `SELECT order_id FROM oms_order FORCE INDEX (own_by_status)
  WHERE user_id = ? AND status = ? AND ${WITHIN}`;
const STATUSES = Object.values(STATUS);
const OWN_OF_EACH = STATUSES.map(() => `(${OWN_OF_STATUS})`).join(" UNION ALL ");

/** Ids of orders below `before`, newest first. */
export async function findOrderIds(db: Queryable, filter: OrderFilter, page: PageStart): Promise<string[]> {
  const { sql, bindings } = findingStatement(filter, page);
  return (await rows<{ order_id: string }>(db, sql, bindings)).map((row) => row.order_id);
}

/** The statement of `findOrderIds`, whose plan a test looks at. */
export function findingStatement(filter: OrderFilter, page: PageStart): Statement {
  const { userId, status } = filter;
  const within = bounds(filter, page);
  if (userId === undefined) {
    if (status === undefined) return { sql: OF_ALL, bindings: within };
    return { sql: OF_STATUS, bindings: [status, ...within] };
  }
  if (status !== undefined) return { sql: OWN_OF_STATUS, bindings: [userId, status, ...within] };
  const sql = `${OWN_OF_EACH} ORDER BY order_id DESC LIMIT ?`;
  return { sql, bindings: [...STATUSES.flatMap((each) => [userId, each, ...within]), page.limit] };
}

/** Those of the given orders, a page of them at most, that pass the filter. */
export async function findAmong(
  db: Queryable,
  orderIds: readonly string[],
  { filter: { status, ...filter }, page }: { filter: Omit<OrderFilter, "userId">; page: PageStart },
): Promise<string[]> {
  const statuses = status === undefined ? STATUSES : [status];
  const sql = `SELECT order_id FROM oms_order WHERE order_id IN ${placeholders(1, orderIds.length)}
    AND status IN ${placeholders(1, statuses.length)} AND ${WITHIN}`;
  const found = await rows<{ order_id: string }>(db, sql, [...orderIds, ...statuses, ...bounds(filter, page)]);
  return found.map((row) => row.order_id);
}

function bounds({ from, to }: Pick<OrderFilter, "from" | "to">, { before, limit }: PageStart): readonly unknown[] {
  const end = to && idAt(to, CLOCKS_APART_MS);
  const below = end !== undefined && BigInt(end) < BigInt(before) ? end : before;
  const [since, until] = [from ?? LONG_AGO, to ?? FAR_OFF].map(storable);
  return [below, from ? idAt(from, -CLOCKS_APART_MS) : "0", since, until, limit];
}

/** Clients may ask for the year 0; a DATETIME column is not made for it. */
function storable(moment: Date): Date {
  if (moment < LONG_AGO) return LONG_AGO;
  return moment > FAR_OFF ? FAR_OFF : moment;
}

function idAt(moment: Date, apartMs: number): string {
  return firstIdAt(new Date(moment.getTime() + apartMs));
}

/** Ids of orders with exactly this id, order number or tracking number. */
export async function findOrdersByNumber(db: Queryable, text: string): Promise<string[]> {
  const shipped = await rows<{ order_id: string }>(
    db,
    "SELECT order_id FROM oms_shipment WHERE tracking_number = ? ORDER BY order_id DESC LIMIT ?",
    [text, SAME_NUMBER],
  );
  const candidates = idsOfNumber(text);
  const found = shipped.map((row) => row.order_id);
  if (candidates.length === 0) return found;
  const sql = `SELECT order_id, order_sn FROM oms_order WHERE order_id IN ${placeholders(1, candidates.length)}`;
  const numbered = await rows<{ order_id: string; order_sn: string }>(db, sql, candidates);
  const named = numbered.filter((row) => row.order_id === text || row.order_sn === text);
  return [...new Set([...found, ...named.map((row) => row.order_id)])];
}

/** Those of the given orders with a product whose name contains the text, whatever the case; in the given order. */
export async function withProductNamed(db: Queryable, orderIds: readonly string[], text: string): Promise<string[]> {
  const found = new Set<string>();
  for (const page of inPages(orderIds)) {
    const sql = `SELECT DISTINCT order_id FROM oms_order_item
      WHERE order_id IN ${placeholders(1, page.length)} AND LOCATE(LOWER(?), LOWER(product_name)) > 0`;
    for (const row of await rows<{ order_id: string }>(db, sql, [...page, text])) found.add(row.order_id);
  }
  return orderIds.filter((id) => found.has(id));
}
