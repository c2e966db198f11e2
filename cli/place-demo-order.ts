import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DemoAccount } from "./secrets.ts";
import { patiently, type ShopClient } from "./shop-client.ts";

export interface DemoOrder {
  orderId: string;
  orderSn: string;
  statusName: string;
  stock: string;
  payCents: number;
  totalCents: number;
  currency: string;
  history: { status: number; event: string; at: string; reason: string | null }[];
}

interface Sku {
  skuId: string;
  priceVersion: number;
  available: number | null;
}

// A shop that has just been seeded needs a moment until every replica has heard of the new products.
const patienceMs = 60_000;

/** Buys one unit of a seeded product as the demo shopper and follows the order until its stock is deducted. */
export async function placeDemoOrder(shop: ShopClient, account: DemoAccount): Promise<DemoOrder> {
  const token = await logIn(shop, account);
  const addressId = await findOrAddAddress(shop, token);
  const sku = await patiently(() => findSku(shop), patienceMs);
  const order = await place(shop, token, { sku, addressId });
  await patiently(
    () =>
      shop.call("POST", "/payments", {
        token,
        headers: { "Idempotency-Key": randomUUID() },
        body: { orderId: order.orderId, channel: "FAKE", scenario: "succeed" },
      }),
    patienceMs,
  );
  return followUntilDeducted(shop, token, order.orderId);
}

async function logIn(shop: ShopClient, { username, password }: DemoAccount): Promise<string> {
  const answer = await shop.call<{ accessToken: string }>("POST", "/auth/login", { body: { username, password } });
  return answer.accessToken;
}

async function findOrAddAddress(shop: ShopClient, token: string): Promise<string> {
  const known = await shop.call<{ items: { addressId: string }[] }>("GET", "/users/me/addresses", { token });
  const first = known.items[0];
  if (first !== undefined) return first.addressId;
  const added = await shop.call<{ addressId: string }>("POST", "/users/me/addresses", {
    token,
    body: {
      receiver: "Demo Shopper",
      phone: "13800138000",
      region: "Shanghai",
      city: "Shanghai",
      district: "Pudong",
      street: "1 Century Avenue",
      isDefault: true,
    },
  });
  return added.addressId;
}

async function findSku(shop: ShopClient): Promise<Sku> {
  const { items } = await shop.call<{ items: { productId: string }[] }>("GET", "/products?limit=20");
  for (const { productId } of items) {
    const product = await shop.call<{ skus: Sku[] }>("GET", `/products/${productId}`);
    const sku = product.skus.find(({ available }) => available === null || available > 0);
    if (sku !== undefined) return sku;
  }
  throw new Error("the shop has no product in stock; add demo data with: ./mall seed");
}

async function place(
  shop: ShopClient,
  token: string,
  { sku, addressId }: { sku: Sku; addressId: string },
): Promise<DemoOrder> {
  // One key for all tries: a try that was not answered must not become a second order.
  const headers = { "Idempotency-Key": randomUUID(), Prefer: "wait=5" };
  const body = { items: [{ skuId: sku.skuId, quantity: 1, priceVersion: sku.priceVersion }], addressId };
  return patiently(() => shop.call<DemoOrder>("POST", "/orders", { token, headers, body }), patienceMs);
}

async function followUntilDeducted(shop: ShopClient, token: string, orderId: string): Promise<DemoOrder> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const order = await shop.call<DemoOrder>("GET", `/orders/${orderId}`, { token });
    if (order.stock === "DEDUCTED") return order;
    if (Date.now() > until) {
      throw new Error(
        `order ${orderId} is still ${order.statusName} with stock ${order.stock} after ${patienceMs / 1000} s`,
      );
    }
    await sleep(20);
  }
}
