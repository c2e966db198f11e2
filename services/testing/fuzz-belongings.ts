/** People and things that a fuzzer may do with what it likes: nothing of another test is among them. */
import { randomUUID } from "node:crypto";
import { eventually } from "#platform/testing/eventually.ts";
import { demoAccount } from "./flow-stack.ts";
import type { Known } from "./fuzzed-values.ts";
import { aShopper, merchant, type Shopper, signIn, Visitor } from "./shop.ts";

export type CallerName = "nobody" | "gateway" | "shopper" | "merchant" | "ops";

export interface Belongings {
  readonly callers: Readonly<Record<CallerName, Visitor>>;
  /** What exists for this path, by the name of the field that takes it. */
  knownAt(path: string): Known;
  /** Takes everything off sale and off the lists again, so that other tests find the shop as it was. */
  clear(): Promise<void>;
}

// Addresses of documentation: no one has them, so shutting them out shuts out nobody.
const NOBODYS_ADDRESSES = ["192.0.2.9", "198.51.100.0/24", "2001:db8::1"];

export async function gatherBelongings(): Promise<Belongings> {
  const keeper = await merchant();
  const shopper = await aShopper();
  // Two shelves: a merchant's fuzz must not take off sale what the shopper's fuzz buys.
  const [sold, kept] = [await aShelf(keeper), await aShelf(keeper)];
  const orders = await ordersOf(shopper, keeper, sold.skuId);
  await shopper.must("POST", "/cart/items", { body: { skuId: sold.skuId, quantity: 1 } });
  const named = {
    ...(await aStranger()),
    address: NOBODYS_ADDRESSES,
    addressId: [shopper.addressId],
    orderId: orders.ids,
    paymentId: orders.paymentIds,
    version: [1],
    priceVersion: [1],
    parentId: [null],
    currency: ["CNY"],
    amountCents: [100],
    expectedTotalCents: [100],
    delta: [5, -1],
  };
  // Orders go to the default address, which therefore is not among those that can be changed and removed.
  const addresses = [await anotherAddress(shopper), await anotherAddress(shopper)];
  return {
    callers: {
      nobody: new Visitor(),
      gateway: new Visitor(),
      shopper,
      merchant: keeper,
      ops: await signIn(demoAccount("ops")),
    },
    knownAt(path) {
      const { categoryId, brandId, productId, skuId } = path.startsWith("/admin") ? kept : sold;
      const ids = { categoryId: [categoryId], brandId: [brandId], productId: [productId], skuId: [skuId] };
      const id = path.startsWith("/payments") ? orders.paymentIds : addresses;
      // Who registers wants a name that nobody has.
      const fresh = Array.from({ length: 5 }, () => `fuzz-${randomUUID()}`);
      const username = path === "/auth/register" ? fresh : named.username;
      return { ...named, ...ids, username, category: ids.categoryId, brand: ids.brandId, id };
    },
    clear: () => clear(keeper, kept.brandId, sold.brandId),
  };
}

/** Somebody whose name, password and sessions are known, and whom nobody needs. */
async function aStranger() {
  const account = { username: `fuzz-${randomUUID()}`, password: `pass-${randomUUID()}` };
  const visitor = new Visitor();
  const { userId } = await visitor.must<{ userId: string }>("POST", "/auth/register", { body: account });
  const log = () => visitor.must<{ refreshToken: string }>("POST", "/auth/login", { body: account });
  const sessions = [await log(), await log(), await log()];
  return {
    userId: [userId],
    username: [account.username],
    password: [account.password],
    refreshToken: sessions.map(({ refreshToken }) => refreshToken),
    email: [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`],
  };
}

async function anotherAddress(shopper: Shopper): Promise<string> {
  const place = { region: "Beijing", city: "Beijing", district: "Haidian", street: "9 Other Road" };
  const body = { receiver: "Fuzz", phone: "13800138000", ...place, isDefault: false };
  return (await shopper.must<{ addressId: string }>("POST", "/users/me/addresses", { body })).addressId;
}

interface Shelf {
  readonly categoryId: string;
  readonly brandId: string;
  readonly productId: string;
  readonly skuId: string;
}

async function aShelf(keeper: Visitor): Promise<Shelf> {
  const name = `fuzz-${randomUUID()}`;
  const must = <T>(path: string, body?: object): Promise<T> => keeper.must<T>("POST", path, { body: body ?? {} });
  const { categoryId } = await must<{ categoryId: string }>("/admin/categories", { name });
  const { brandId } = await must<{ brandId: string }>("/admin/brands", { name });
  const { productId } = await must<{ productId: string }>("/admin/products", { name, categoryId, brandId });
  const sku = { productId, skuCode: name, attributes: {}, priceCents: 100 };
  const { skuId } = await must<{ skuId: string }>("/admin/skus", sku);
  await must(`/admin/stock/${skuId}/receipts`, { documentId: name, quantity: 10_000 });
  await keeper.must("POST", `/admin/products/${productId}/publish`);
  return { categoryId, brandId, productId, skuId };
}

/** An order in each state that something can be done with, and payments: one that succeeded and one that waits. */
async function ordersOf(
  shopper: Shopper,
  keeper: Visitor,
  skuId: string,
): Promise<{ ids: string[]; paymentIds: string[] }> {
  const place = (): Promise<string> =>
    eventually(() => shopper.placePayable(skuId), { withinMs: 20_000, what: "an order of a new SKU" });
  const pay = (orderId: string, scenario: string): Promise<string> =>
    eventually(async () => {
      const { status, body } = await shopper.pay(orderId, { scenario });
      if (status !== 201) throw new Error(`paying answered ${status}`);
      return body.paymentId;
    });
  const [payable, pending, paid, shipped] = [await place(), await place(), await place(), await place()];
  const paymentIds = [await pay(pending, "pending"), await pay(paid, "succeed"), await pay(shipped, "succeed")];
  await shopper.until(shipped, { stock: "DEDUCTED" });
  const shipment = { carrier: "SF", trackingNumber: "SF1" };
  await keeper.must("POST", `/admin/orders/${shipped}/shipment`, { body: shipment });
  return { ids: [payable, pending, paid, shipped], paymentIds };
}

interface KeptProduct {
  readonly productId: string;
  readonly brandId: string;
  readonly onSale: boolean;
}

async function clear(keeper: Visitor, ...brandIds: string[]): Promise<void> {
  const { items } = await keeper.must<{ items: KeptProduct[] }>("GET", "/admin/products?limit=100");
  for (const { productId, brandId, onSale } of items) {
    if (onSale && brandIds.includes(brandId)) await keeper.must("POST", `/admin/products/${productId}/withdraw`);
  }
  const ops = await signIn(demoAccount("ops"));
  for (const list of ["black", "white"]) {
    const path = `/admin/access-lists/${list}`;
    const entries = await ops.must<{ items: { address: string | null; userId: string | null }[] }>("GET", path);
    for (const { address, userId } of entries.items) {
      const query = address === null ? `userId=${String(userId)}` : `address=${encodeURIComponent(address)}`;
      await ops.must("DELETE", `${path}?${query}`);
    }
  }
}
