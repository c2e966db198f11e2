/**
 * The settle page: the selected lines of the cart at the catalogue's own prices, what they come to, and where they would
 * go. Cart and address are fetched side by side, then the products of the lines; each part has 500 ms. A part that does
 * not come is null and named: the page is there to help, orders decides.
 */
import type { AskService } from "./ask-service.ts";
import type { Origin } from "./exchange.ts";

export interface CartLine {
  readonly skuId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly selected: boolean;
  readonly priceCents: number;
  readonly onSale: boolean;
  readonly priceChanged: boolean;
  readonly [field: string]: unknown;
}

interface Cart {
  readonly items: readonly CartLine[];
  readonly currency?: string | null;
}

interface Product {
  readonly currency?: string;
  readonly skus: readonly {
    readonly skuId: string;
    readonly priceCents: number;
    readonly priceVersion: number;
    readonly available: number | null;
    readonly currency?: string;
  }[];
}

interface Offer {
  readonly priceCents: number;
  readonly priceVersion: number;
  readonly available: number | null;
  readonly currency: string | undefined;
}

const PART_MS = 500;
const MAX_PRODUCTS = 100;

export async function settleCart(ask: AskService, origin: Origin) {
  const part = <T>(service: string, path: string): Promise<T | null> =>
    ask<T>(origin, { service, path, timeoutMs: PART_MS }).catch(() => null);
  const [cart, addresses] = await Promise.all([
    part<Cart>("cart", "/cart"),
    part<{ items: readonly unknown[] }>("users", "/users/me/addresses?limit=1"),
  ]);
  const selected = cart?.items.filter((line) => line.selected) ?? [];
  const { offers, isComplete } = await findOffers(selected, (path) => part<Product>("catalog", path));
  const lines = selected.map((line) => settledLine(line, offers.get(line.skuId)));
  const currency = [...offers.values()].find((offer) => offer.currency)?.currency ?? cart?.currency ?? null;
  const incomplete = [
    ...(cart === null ? ["cart"] : []),
    ...(isComplete ? [] : ["catalog"]),
    ...(addresses === null ? ["users"] : []),
  ];
  return {
    lines: cart === null ? null : lines,
    totalCents: cart === null ? null : lines.reduce((total, line) => total + line.subtotalCents, 0),
    currency,
    address: addresses?.items[0] ?? null,
    incomplete,
  };
}

async function findOffers(
  lines: readonly CartLine[],
  find: (path: string) => Promise<Product | null>,
): Promise<{ offers: Map<string, Offer>; isComplete: boolean }> {
  const productIds = [...new Set(lines.filter((line) => line.onSale).map((line) => line.productId))];
  const products = await Promise.all(productIds.slice(0, MAX_PRODUCTS).map((id) => find(`/products/${id}`)));
  const offers = new Map<string, Offer>();
  for (const product of products) {
    for (const { skuId, currency = product?.currency, ...sku } of product?.skus ?? []) {
      offers.set(skuId, { ...sku, currency });
    }
  }
  return { offers, isComplete: !products.includes(null) && productIds.length <= MAX_PRODUCTS };
}

/** `changed`: another price than when it was put into the cart, or than the cart knows. `short`: null when not known. */
function settledLine(line: CartLine, offer: Offer | undefined) {
  const priceCents = offer?.priceCents ?? line.priceCents;
  return {
    ...line,
    priceCents,
    priceVersion: offer?.priceVersion ?? null,
    subtotalCents: line.onSale ? priceCents * line.quantity : 0,
    changed: line.priceChanged || priceCents !== line.priceCents,
    short: offer === undefined || offer.available === null ? null : offer.available < line.quantity,
  };
}
