/** For tests: carts on a schema of their own. */
import { fileURLToPath } from "node:url";
import { createIds } from "#platform/ids/ids.ts";
import { createReactionHarness, type ReactionHarness } from "#platform/testing/reaction-harness.ts";
import { openTestDatabase, type TestDatabase } from "#platform/testing/test-database.ts";
import { createRowWaiter } from "#platform/waiting/row-waiter.ts";
import { OrderAwaitingPayment, type OrderAwaitingPaymentLine, SkuChanged } from "#schemas/event-types.ts";
import { cartDeadLetterV1 } from "#topics/cart.dead-letter.v1.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { viewOfCart } from "./cart.ts";
import { orderReactions, skuReactions } from "./cart-reactions.ts";
import { readLines } from "./cart-store.ts";
import { addItem, type CartDeps } from "./change-line.ts";
import { readSkus } from "./sku-store.ts";

export const newId = createIds();

export interface CartBench {
  readonly db: TestDatabase["db"];
  readonly harness: ReactionHarness;
  readonly deps: CartDeps;
  connect: TestDatabase["connect"];
  /** A SKU on sale that the replica knows; returns its id. */
  aSku(over?: Partial<SkuChanged>, seq?: number): Promise<string>;
  add(userId: string, skuId: string, quantity?: number): ReturnType<typeof addItem>;
  cartOf(userId: string): Promise<ReturnType<typeof viewOfCart>>;
  /** What is in the cart, as `quantity × skuId`. */
  contents(userId: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openCartBench(): Promise<CartBench> {
  const directory = fileURLToPath(new URL("./migrations", import.meta.url));
  const database = await openTestDatabase({ service: "cart", directory });
  const { db } = database;
  const sets = [orderReactions, skuReactions];
  const topics = [ordersOrderV1, catalogSkuV1, cartDeadLetterV1];
  const harness = await createReactionHarness({ db, sets, topics, source: "/mall/cart" });
  const skus = createRowWaiter({ read: (ids) => readSkus(db, ids), onError: () => {} });
  const deps: CartDeps = { db, skus };
  const cartOf = async (userId: string) => viewOfCart(await readLines(db, userId));
  return {
    db,
    harness,
    deps,
    connect: database.connect,
    async aSku(over = {}, seq = 1) {
      const sku = skuChanged(over);
      await harness.deliver(catalogSkuV1, SkuChanged, { key: sku.skuId, seq, value: sku });
      return sku.skuId;
    },
    add: (userId, skuId, quantity = 1) => addItem(deps, { userId, skuId, quantity, selected: true }),
    cartOf,
    contents: async (userId) => (await cartOf(userId)).items.map(({ quantity, skuId }) => `${quantity} × ${skuId}`),
    async close() {
      skus.stop();
      await database.close();
    },
  };
}

export function skuChanged(over: Partial<SkuChanged> = {}): SkuChanged {
  const fields = {
    skuId: newId(),
    productId: "10",
    productName: "Kettle",
    skuCode: "K-1",
    attributes: { colour: "red" },
    categoryId: "1",
    brandId: "2",
    priceCents: 500,
    currency: "CNY",
    priceVersion: 1,
    onSale: true,
  };
  return { ...fields, ...over } as SkuChanged;
}

/** An order from the cart, as the event that takes its lines out. */
export function ordered(
  userId: string,
  lines: readonly { skuId: string; quantity: number; cartLineVersion?: number }[],
  over: Partial<OrderAwaitingPayment> = {},
) {
  const orderId = newId();
  const value = {
    orderId,
    userId,
    currency: "CNY",
    payCents: 500,
    payBy: Date.now() + 1_800_000,
    placedAt: Date.now() + 1_000,
    fromCart: true,
    lines: lines.map(
      ({ cartLineVersion = null, ...line }) => ({ ...line, cartLineVersion }) as OrderAwaitingPaymentLine,
    ),
    ...over,
  };
  return { topic: ordersOrderV1, type: OrderAwaitingPayment, key: orderId, seq: 2, value };
}
