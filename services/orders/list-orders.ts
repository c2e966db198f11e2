/** Lists of orders, newest first. A page is found by ids and then read whole. */
import type { ShowDeps } from "./show-orders.ts";
import { readOrders } from "./order-store.ts";
import type { Order } from "./order.ts";
import {
  findAmong,
  findOrderIds,
  findOrdersByNumber,
  type OrderFilter,
  type PageStart,
  withProductNamed,
} from "./search-store.ts";

export interface OrderPage {
  readonly orders: readonly Order[];
  /** Where the next page begins; null behind the last one. */
  readonly nextBefore: string | null;
}

// Names are not indexed: this many orders are looked through per page, which then has fewer than it could, or none.
const LOOKED_THROUGH = 2_000;

/** A page of the orders that pass the filter. */
export async function listOrders(deps: Pick<ShowDeps, "db">, filter: OrderFilter, page: PageStart): Promise<OrderPage> {
  const ids = await findOrderIds(deps.db, filter, { ...page, limit: page.limit + 1 });
  return pageOf(deps, ids, page.limit);
}

/** As `listOrders`, of those with this id, order number or tracking number; if there are none, with such a product. */
export async function searchOrders(
  deps: Pick<ShowDeps, "db">,
  { text, ...filter }: OrderFilter & { text: string },
  page: PageStart,
): Promise<OrderPage> {
  const named = await findOrdersByNumber(deps.db, text);
  if (named.length > 0) {
    const among = await findAmong(deps.db, named, { filter, page: { ...page, limit: page.limit + 1 } });
    return pageOf(deps, among, page.limit);
  }
  const lookedAt = await findOrderIds(deps.db, filter, { ...page, limit: LOOKED_THROUGH });
  const found = await pageOf(deps, await withProductNamed(deps.db, lookedAt, text), page.limit);
  if (found.nextBefore !== null || lookedAt.length < LOOKED_THROUGH) return found;
  return { ...found, nextBefore: lookedAt.at(-1) ?? null };
}

/** `ids`: one more than the page holds, if there are more. */
async function pageOf({ db }: Pick<ShowDeps, "db">, ids: readonly string[], limit: number): Promise<OrderPage> {
  const shown = ids.slice(0, limit);
  const orders = await readOrders(db, shown);
  return {
    orders: shown.flatMap((id) => orders.get(id) ?? []),
    nextBefore: ids.length > limit ? (shown.at(-1) ?? null) : null,
  };
}
