/** The replica's rows of the SKUs of one batch, in memory. */
import type { BatchState, Seen } from "#platform/consumer/reaction.ts";
import type { SkuChanged } from "#schemas/event-types.ts";

export interface SkuRow {
  readonly skuId: string;
  readonly productId: string | null;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly priceCents: number;
  /** null: removed before it was ever seen. */
  readonly currency: string | null;
  readonly onSale: boolean;
  readonly seen: Seen | undefined;
}

export class SkuReplica implements BatchState {
  readonly #rows: Map<string, SkuRow>;
  readonly #changed = new Set<string>();

  constructor(loaded: readonly SkuRow[]) {
    this.#rows = new Map(loaded.map((row) => [row.skuId, row]));
  }

  put(sku: SkuChanged): void {
    const { skuId, productId, productName: name, attributes, priceCents, currency, onSale } = sku;
    this.#rows.set(skuId, { skuId, productId, name, attributes, priceCents, currency, onSale, seen: undefined });
  }

  /** Carts may hold it still, with the last name and price it had. */
  remove(skuId: string): void {
    const unseen = { skuId, productId: null, name: "", attributes: {}, priceCents: 0, currency: null, seen: undefined };
    this.#rows.set(skuId, { ...(this.#rows.get(skuId) ?? unseen), onSale: false });
  }

  seen(_topic: string, key: string): Seen | undefined {
    return this.#rows.get(key)?.seen;
  }

  markSeen(_topic: string, key: string, seen: Seen): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.set(key, { ...row, seen });
    this.#changed.add(key);
  }

  changed(): SkuRow[] {
    return [...this.#changed].flatMap((key) => this.#rows.get(key) ?? []);
  }
}
