import { validationFailed } from "#platform/http/problem.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Sku } from "../sku.ts";
import { type CatalogueKeeping, CONFLICT, keep, NOT_FOUND } from "./keeping-deps.ts";
import { saveShelves } from "./save-shelves.ts";
import { hasFields, type SkuFields } from "./shelf.ts";
import { lockShelves, readSku, skusByCode } from "./shelf-store.ts";

export const MAX_SKUS = 100;

/**
 * Adds a SKU with empty stock; it is on sale at once if its product is. The same code with the same content again is the
 * same SKU.
 */
export function addSku(
  deps: CatalogueKeeping,
  { productId, threshold, ...fields }: SkuFields & { readonly productId: string; readonly threshold: number },
  cause: Cause,
): Promise<Sku | Refusal> {
  return keep(deps, async (trx) => {
    const shelf = (await lockShelves(trx, [productId])).get(productId);
    if (!shelf) throw validationFailed([{ path: "productId", message: "is not known" }]);
    const twin = (await skusByCode(trx, [fields.skuCode])).get(fields.skuCode);
    if (twin) {
      const known = shelf.skus.get(twin.skuId);
      return known && hasFields(known, { ...fields, onSale: known.onSale })
        ? { kept: known, change: undefined }
        : CONFLICT;
    }
    if (shelf.skus.size >= MAX_SKUS) {
      throw validationFailed([{ path: "productId", message: `has ${MAX_SKUS} SKUs, the most a product may have` }]);
    }
    const kept = shelf.addSku({ ...fields, skuId: deps.newId(), units: 0, threshold });
    return { kept, change: await saveShelves(trx, [shelf], { outbox: deps.outbox, cause }) };
  });
}

export interface SkuChange extends SkuFields {
  readonly skuId: string;
  /** The price version that the merchant saw. */
  readonly priceVersion: number;
  /** As it is when absent. */
  readonly onSale: boolean | undefined;
}

/**
 * Changes a SKU as a whole. Refused with the current price when somebody else has changed it since the version given; the
 * same change again finds itself done and changes nothing.
 */
export function changeSku(deps: CatalogueKeeping, change: SkuChange, cause: Cause): Promise<Sku | Refusal> {
  const { skuId, priceVersion, skuCode, attributes, priceCents } = change;
  return keep(deps, async (trx) => {
    const productId = (await readSku(trx, skuId))?.productId;
    const shelf = productId === undefined ? undefined : (await lockShelves(trx, [productId])).get(productId);
    const sku = shelf?.skus.get(skuId);
    if (!shelf || !sku) return NOT_FOUND;
    const wanted = { skuCode, attributes, priceCents, onSale: change.onSale ?? sku.onSale };
    const isDone = hasFields(sku, wanted) && priceVersion === sku.priceVersion - 1;
    if (priceVersion !== sku.priceVersion && !isDone) {
      return { refused: "PRICE_CHANGED", details: { priceCents: sku.priceCents, priceVersion: sku.priceVersion } };
    }
    if (wanted.onSale && !shelf.product.onSale) {
      throw validationFailed([{ path: "onSale", message: "the product is not on sale: publish it" }]);
    }
    const twin = (await skusByCode(trx, [skuCode])).get(skuCode);
    if (twin && twin.skuId !== skuId) return CONFLICT;
    const kept = shelf.changeSku(sku, wanted);
    return { kept, change: await saveShelves(trx, [shelf], { outbox: deps.outbox, cause }) };
  });
}
