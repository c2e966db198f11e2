/** A SKU and the product it belongs to, as replicas need to know them. */
import { type OutgoingEvent, outgoing } from "#platform/outbox/outgoing.ts";
import { type BrandId, type CategoryId, type ProductId, SkuChanged, type SkuId } from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";

export interface Sku {
  readonly skuId: string;
  readonly productId: string;
  /** The merchant's code, unique. */
  readonly skuCode: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly priceCents: number;
  readonly currency: string;
  /** Counts price changes, from 1. */
  readonly priceVersion: number;
  readonly onSale: boolean;
  /** Events told about it so far; 0 for one that is new. */
  readonly seq: number;
}

export interface ProductOfSku {
  readonly name: string;
  readonly categoryId: string;
  readonly brandId: string;
}

/** The SKU's whole public state; `sku.seq` is already raised. */
export function skuChanged(sku: Sku, product: ProductOfSku): OutgoingEvent {
  const { skuId, productId, skuCode, attributes, priceCents, currency, priceVersion, onSale, seq } = sku;
  return outgoing(catalogSkuV1, SkuChanged, {
    key: skuId,
    seq,
    value: {
      skuId: skuId as SkuId,
      productId: productId as ProductId,
      productName: product.name,
      skuCode,
      attributes,
      categoryId: product.categoryId as CategoryId,
      brandId: product.brandId as BrandId,
      priceCents,
      currency,
      priceVersion,
      onSale,
    },
  });
}
