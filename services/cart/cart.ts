/** Rules of a cart. Pure: the line, the order and the time come in as arguments. */

export const MAX_QUANTITY = 99;
export const MAX_LINES = 100;

/** A line with what the replica knows of its SKU. */
export interface CartLine {
  readonly skuId: string;
  readonly productId: string | null;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly quantity: number;
  readonly selected: boolean;
  readonly addedPriceCents: number;
  readonly priceCents: number;
  readonly currency: string | null;
  readonly onSale: boolean;
  readonly lineVersion: number;
}

export function viewOfLine(line: CartLine) {
  const { currency: _, addedPriceCents, ...fields } = line;
  const { priceCents, quantity } = line;
  return { ...fields, subtotalCents: priceCents * quantity, priceChanged: priceCents !== addedPriceCents };
}

/** `totalCents`: what the selected lines come to that can be ordered. */
export function viewOfCart(lines: readonly CartLine[]) {
  const items = lines.map(viewOfLine);
  const ordered = items.filter((line) => line.selected && line.onSale);
  const totalCents = ordered.reduce((total, line) => total + line.subtotalCents, 0);
  // Lines of several currencies have no sum that anybody could pay.
  const currencies = new Set(
    lines.filter((_, index) => ordered.includes(items[index]!)).map(({ currency }) => currency),
  );
  const [currency = null] = currencies;
  return { items, totalCents, currency: currencies.size > 1 ? null : (currency ?? lines[0]?.currency ?? null) };
}

/**
 * What stays of a line when an order has taken its stock. With a version, only the very line that was ordered is touched;
 * without one, only a line that looks as ordered and was last changed before the order was placed.
 */
export function quantityLeft(
  line: { quantity: number; lineVersion: number; changedAt: Date },
  ordered: { quantity: number; cartLineVersion: number | null },
  placedAt: Date,
): number {
  if (ordered.cartLineVersion !== null) {
    const isThatLine = line.lineVersion === ordered.cartLineVersion;
    return isThatLine ? Math.max(0, line.quantity - ordered.quantity) : line.quantity;
  }
  const isAsOrdered = line.quantity === ordered.quantity && line.changedAt.getTime() < placedAt.getTime();
  return isAsOrdered ? 0 : line.quantity;
}
