/** What the merchant sees of orders: whom to send the goods to, while they are to be sent; otherwise nothing personal. */
import { maskText } from "#platform/security/masking.ts";
import { readOrders } from "../order-store.ts";
import { type Order, STATUS } from "../order.ts";
import { type ShowDeps, showOrders } from "../show-orders.ts";
import type { KeptOrderJson } from "./kept-order-json.ts";
import { readRemarks } from "./remark-store.ts";

/** With the address in clear while it is to be shipped; undefined when there is no such order. */
export async function showKeptOrder(deps: ShowDeps, orderId: string): Promise<KeptOrderJson | undefined> {
  const order = (await readOrders(deps.db, [orderId])).get(orderId);
  if (order === undefined) return undefined;
  const [shown] = await show(deps, [order], order.status === STATUS.TO_SHIP ? "clear" : "masked");
  return shown;
}

/** Everything personal masked. */
export function showKeptOrders(deps: ShowDeps, orders: readonly Order[]): Promise<KeptOrderJson[]> {
  return show(deps, orders, "masked");
}

async function show(deps: ShowDeps, orders: readonly Order[], as: "clear" | "masked"): Promise<KeptOrderJson[]> {
  const remarks = await readRemarks(
    deps.db,
    orders.map(({ orderId }) => orderId),
  );
  // Shoppers write their numbers into free texts too.
  const said = (text: string | null | undefined): string | null =>
    text && as === "masked" ? maskText(text) : (text ?? null);
  const shown = await showOrders(deps, orders, as);
  return shown.map((order, index) => ({
    ...order,
    cancelNote: said(order.cancelNote),
    userId: orders[index]!.userId,
    remark: remarks.get(order.orderId)?.byMerchant ?? null,
    shopperRemark: said(remarks.get(order.orderId)?.byShopper),
  }));
}
