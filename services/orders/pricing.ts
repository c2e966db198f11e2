/** What an order costs: the server's prices decide, and a client who saw others is told before it buys. */
import type { SkuChanged } from "#schemas/event-types.ts";
import type { OrderLine } from "./order.ts";

/** One that was removed is not on sale, and there is no later version to wait for. */
type Sku = SkuChanged & { readonly deleted: boolean };

export interface WantedItem {
  readonly skuId: string;
  readonly quantity: number;
  readonly priceVersion?: number | undefined;
  readonly cartLineVersion?: number | undefined;
}

export interface Priced {
  /** One per SKU. */
  readonly lines: readonly OrderLine[];
  readonly totalCents: number;
  readonly currency: string;
}

/** A business no, in the form in which routes answer it. */
export interface NotPriced {
  readonly refused: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** `skus`: one that has not been heard of is absent. */
export function priceOrder(
  items: readonly WantedItem[],
  skus: ReadonlyMap<string, Sku>,
  expectedTotalCents: number | undefined,
): Priced | NotPriced {
  const unheardOf = items.filter(({ skuId, priceVersion = 0 }) => {
    const sku = skus.get(skuId);
    return sku === undefined || (!sku.deleted && priceVersion > sku.priceVersion);
  });
  if (unheardOf.length > 0) {
    return { refused: "SKU_NOT_KNOWN_YET", retryAfterSeconds: 1, details: { skuIds: idsOf(unheardOf) } };
  }
  const offSale = items.filter(({ skuId }) => !skus.get(skuId)?.onSale);
  if (offSale.length > 0) return { refused: "SKU_OFF_SALE", details: { skuIds: idsOf(offSale) } };

  const wanted = merged(items);
  const tooMany = wanted.find(({ quantity }) => quantity > MAX_UNITS_PER_LINE);
  if (tooMany) return tooManyUnits(tooMany.skuId);
  const lines = wanted.map((item) => lineOf(item, skus.get(item.skuId)!));
  const totalCents = lines.reduce((sum, line) => sum + line.totalCents, 0);
  const [currency, ...others] = new Set(lines.map(({ skuId }) => skus.get(skuId)!.currency));
  if (others.length > 0 || !Number.isSafeInteger(totalCents)) return { refused: "VALIDATION_FAILED", status: 400 };

  const isStale = items.some(({ skuId, priceVersion }) => (priceVersion ?? Infinity) < skus.get(skuId)!.priceVersion);
  const now = { totalCents, currency };
  if (isStale) return { refused: "PRICE_CHANGED", details: { ...now, lines: lines.map((line) => shown(line, skus)) } };
  if (expectedTotalCents !== undefined && expectedTotalCents !== totalCents) {
    return { refused: "TOTAL_CHANGED", details: now };
  }
  return { lines, totalCents, currency: currency! };
}

/** What stock takes in one line; beyond it the order could never be decided. */
export const MAX_UNITS_PER_LINE = 99;

function tooManyUnits(skuId: string): NotPriced {
  const message = `at most ${MAX_UNITS_PER_LINE} units of ${skuId}, all its items taken together`;
  return { refused: "VALIDATION_FAILED", status: 400, details: { errors: [{ path: "items", message }] } };
}

function idsOf(items: readonly WantedItem[]): string[] {
  return [...new Set(items.map(({ skuId }) => skuId))];
}

function merged(items: readonly WantedItem[]): WantedItem[] {
  const bySku = Map.groupBy(items, ({ skuId }) => skuId);
  return [...bySku.values()].map((same) => ({
    ...same[0]!,
    quantity: same.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
}

function lineOf({ quantity, cartLineVersion }: WantedItem, sku: Sku): OrderLine {
  const { skuId, productId, productName, attributes, priceCents } = sku;
  const totalCents = priceCents * quantity;
  const snapshot = { skuId, productId, productName, attributes, priceCents };
  return { ...snapshot, quantity, totalCents, cartLineVersion: cartLineVersion ?? null };
}

function shown({ skuId, quantity, priceCents, totalCents }: OrderLine, skus: ReadonlyMap<string, Sku>) {
  return { skuId, quantity, priceCents, priceVersion: skus.get(skuId)?.priceVersion, totalCents };
}
