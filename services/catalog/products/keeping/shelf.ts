/**
 * A product with all of its SKUs, as the merchant changes it: in memory, under the lock of the product's row. What must be
 * written and told afterwards is gathered here.
 */
import type { Sku } from "../sku.ts";

export interface ProductFields {
  readonly name: string;
  readonly categoryId: string;
  readonly brandId: string;
  readonly description: string;
}

export interface Product extends ProductFields {
  readonly productId: string;
  /** The standard product unit that carries category, brand and description. */
  readonly spuId: string;
  /** The merchant's own code, unique; null when none was given. */
  readonly productCode: string | null;
  readonly currency: string;
  readonly onSale: boolean;
  /** The lowest price among its SKUs on sale, or of all when none is; 0 without SKUs. */
  readonly priceCents: number;
  /** Changes of it or of its SKUs so far; 0 for one that is new. */
  readonly version: number;
}

export interface SkuFields {
  readonly skuCode: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly priceCents: number;
}

export interface NewSku extends SkuFields {
  readonly skuId: string;
  /** First stock in units, and at how many free units it counts as low. */
  readonly units: number;
  readonly threshold: number;
}

export class Shelf {
  product: Product;
  readonly skus: Map<string, Sku>;
  /** Ids of SKUs to be written and told. */
  readonly changedSkus = new Set<string>();
  readonly newSkus: NewSku[] = [];
  /** Ids of SKUs that came on sale or went off it, and of those that got another code. */
  readonly saleChanged = new Set<string>();
  readonly codeChanged = new Set<string>();
  #isProductChanged: boolean;

  constructor(product: Product, skus: readonly Sku[]) {
    this.product = product;
    this.skus = new Map(skus.map((sku) => [sku.skuId, sku]));
    this.#isProductChanged = product.version === 0;
  }

  get isChanged(): boolean {
    return this.#isProductChanged || this.changedSkus.size > 0;
  }

  get isNew(): boolean {
    return this.product.version === 0;
  }

  /** Replicas of SKUs carry the product's name, category and brand, so a change of these is a change of each SKU. */
  change(fields: ProductFields): void {
    const { name, categoryId, brandId, description } = this.product;
    const isSame = name === fields.name && categoryId === fields.categoryId && brandId === fields.brandId;
    if (isSame && description === fields.description) return;
    this.product = { ...this.product, ...fields };
    this.#isProductChanged = true;
    if (!isSame) for (const skuId of this.skus.keys()) this.changedSkus.add(skuId);
  }

  /** All of its SKUs come on sale, also those that were taken off it one by one. */
  publish(): void {
    this.#setOnSale(true);
  }

  withdraw(): void {
    this.#setOnSale(false);
  }

  /** A new SKU is on sale if its product is. */
  addSku(added: NewSku): Sku {
    const { skuId, skuCode, attributes, priceCents } = added;
    const { productId, currency, onSale } = this.product;
    const sku = { skuId, productId, skuCode, attributes, priceCents, currency, priceVersion: 1, onSale, seq: 0 };
    this.skus.set(skuId, sku);
    this.changedSkus.add(skuId);
    this.newSkus.push(added);
    return sku;
  }

  /** Another price is the next price version. */
  changeSku(sku: Sku, fields: SkuFields & { readonly onSale: boolean }): Sku {
    if (hasFields(sku, fields)) return sku;
    const priceVersion = sku.priceVersion + (sku.priceCents === fields.priceCents ? 0 : 1);
    const changed = { ...sku, ...fields, priceVersion };
    this.#replace(changed, sku);
    return changed;
  }

  /** The product as it is to be written: its version raised, its price that of its SKUs. */
  finished(): Product {
    const skus = [...this.skus.values()];
    const onSale = skus.filter((sku) => sku.onSale);
    const prices = (onSale.length > 0 ? onSale : skus).map(({ priceCents }) => priceCents);
    const priceCents = prices.reduce((lowest, price) => Math.min(lowest, price), prices[0] ?? 0);
    return { ...this.product, priceCents, version: this.product.version + 1 };
  }

  #setOnSale(onSale: boolean): void {
    if (this.product.onSale !== onSale) {
      this.product = { ...this.product, onSale };
      this.#isProductChanged = true;
    }
    for (const sku of this.skus.values()) if (sku.onSale !== onSale) this.#replace({ ...sku, onSale }, sku);
  }

  #replace(changed: Sku, before: Sku): void {
    this.skus.set(changed.skuId, changed);
    this.changedSkus.add(changed.skuId);
    if (changed.onSale !== before.onSale) this.saleChanged.add(changed.skuId);
    if (changed.skuCode !== before.skuCode) this.codeChanged.add(changed.skuId);
  }
}

/** True when the SKU is already as wanted. */
export function hasFields(sku: Sku, wanted: SkuFields & { readonly onSale: boolean }): boolean {
  const isSame = sku.skuCode === wanted.skuCode && sku.priceCents === wanted.priceCents && sku.onSale === wanted.onSale;
  return isSame && hasAttributes(sku, wanted.attributes);
}

function hasAttributes({ attributes }: Sku, wanted: SkuFields["attributes"]): boolean {
  const names = Object.keys(wanted);
  return names.length === Object.keys(attributes).length && names.every((name) => attributes[name] === wanted[name]);
}
