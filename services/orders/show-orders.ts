/** Reading one's orders. */
import type { Queryable } from "#platform/database/database.ts";
import { type AddressVault, maskAddress } from "./address-vault.ts";
import { type OrderJson, orderJson } from "./order-json.ts";
import type { PartsReader } from "./order-parts.ts";
import { type OwnOrder, readOwnOrder } from "./order-store.ts";
import type { Order } from "./order.ts";

export interface ShowDeps {
  readonly db: Queryable;
  readonly vault: AddressVault;
  readonly parts: PartsReader;
}

/** With the address in clear: only for its owner. Undefined when the order is not theirs. */
export async function showOwnOrder(deps: ShowDeps, own: OwnOrder): Promise<OrderJson | undefined> {
  const order = await readOwnOrder(deps.db, own);
  return order && (await showOrders(deps, [order], "clear"))[0];
}

/** Adds lines, history and address to orders, in their order. */
export async function showOrders(
  { db, vault, parts }: ShowDeps,
  orders: readonly Order[],
  address: "clear" | "masked",
): Promise<OrderJson[]> {
  const known = await parts.read(db, orders);
  return orders.map((order) => {
    const { lines, history, address: sealed } = known.get(order.orderId)!;
    const clear = sealed ? vault.open(order.orderId, sealed) : null;
    return orderJson(order, { lines, history, address: clear && address === "masked" ? maskAddress(clear) : clear });
  });
}
