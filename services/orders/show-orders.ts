/** Reading one's orders. */
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { type AddressVault, maskAddress } from "./address-vault.ts";
import { type OrderJson, orderJson } from "./order-json.ts";
import { type OwnOrder, readHistory, readLines, readOwnOrder, readOwnOrders } from "./order-store.ts";
import type { Order, Status } from "./order.ts";
import { readSealedAddresses } from "./shopper-store.ts";

export interface ShowDeps {
  readonly db: Backbone["db"];
  readonly vault: AddressVault;
}

/** With the address in clear: only for its owner. Undefined when the order is not theirs. */
export async function showOwnOrder(deps: ShowDeps, own: OwnOrder): Promise<OrderJson | undefined> {
  const order = await readOwnOrder(deps.db, own);
  return order && (await showOrders(deps, [order], "clear"))[0];
}

/** Newest first, addresses masked. `before`: the id behind which the page begins. */
export async function listOwnOrders(
  deps: ShowDeps,
  page: { userId: string; status?: Status | undefined; before: string; limit: number },
): Promise<{ items: OrderJson[]; nextBefore: string | null }> {
  const found = await readOwnOrders(deps.db, { ...page, limit: page.limit + 1 });
  const shown = found.slice(0, page.limit);
  const nextBefore = found.length > page.limit ? (shown.at(-1)?.orderId ?? null) : null;
  return { items: await showOrders(deps, shown, "masked"), nextBefore };
}

/** Adds lines, history and address to orders, in their order. */
export async function showOrders(
  { db, vault }: ShowDeps,
  orders: readonly Order[],
  address: "clear" | "masked",
): Promise<OrderJson[]> {
  const ids = orders.map((order) => order.orderId);
  const [lines, history, sealed] = await Promise.all([
    readLines(db, ids),
    readHistory(db, ids),
    readSealedAddresses(db, ids),
  ]);
  return orders.map((order) => {
    const snapshot = sealed.get(order.orderId);
    const clear = snapshot ? vault.open(order.orderId, snapshot) : null;
    return orderJson(order, {
      lines: lines.get(order.orderId) ?? [],
      history: history.get(order.orderId) ?? [],
      address: clear && address === "masked" ? maskAddress(clear) : clear,
    });
  });
}
