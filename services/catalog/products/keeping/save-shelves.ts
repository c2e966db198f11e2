import { databaseNow, type Transaction } from "#platform/database/database.ts";
import { inKeyOrder } from "#platform/database/key-pages.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Outbox } from "#platform/outbox/outbox.ts";
import { openStock } from "../../stock/open-stock.ts";
import { setStockOnSale } from "../../stock/set-on-sale.ts";
import { raiseCatalogueVersion } from "../catalogue-version-store.ts";
import { changeSkus } from "../change-skus.ts";
import type { CatalogueChange } from "../shop-window.ts";
import type { Sku } from "../sku.ts";
import type { Shelf } from "./shelf.ts";
import { insertProducts, insertSkus, recodeSkus, updateProducts } from "./shelf-store.ts";

/**
 * Writes changed shelves, whose products must be locked or new, and tells the SKUs that changed. Returns what is to be shown
 * once `trx` has committed; undefined when nothing has changed. A code that is taken fails with a duplicate key.
 */
export async function saveShelves(
  trx: Transaction,
  shelves: Iterable<Shelf>,
  { outbox, cause }: { outbox: Outbox; cause: Cause },
): Promise<CatalogueChange | undefined> {
  const changed = [...shelves].filter((shelf) => shelf.isChanged);
  if (changed.length === 0) return undefined;
  const now = await databaseNow(trx);
  const products = changed.map((shelf) => shelf.finished());
  await insertProducts(
    trx,
    products.filter((_, at) => changed[at]?.isNew),
    now,
  );
  await updateProducts(
    trx,
    products.filter((_, at) => !changed[at]?.isNew),
    now,
  );
  await insertSkus(
    trx,
    changed.flatMap((shelf) =>
      pick(
        shelf,
        shelf.newSkus.map(({ skuId }) => skuId),
      ),
    ),
  );
  await recodeSkus(
    trx,
    changed.flatMap((shelf) => pick(shelf, shelf.codeChanged)),
  );
  await changeSkus(
    trx,
    changed.flatMap((shelf) => pick(shelf, shelf.changedSkus).map((sku) => ({ sku, product: shelf.product }))),
    { outbox, cause, now },
  );
  const opening = changed.flatMap((shelf) => shelf.newSkus.map((sku) => ({ ...sku, onSale: shelf.product.onSale })));
  await openStock(trx, opening, { outbox, cause, now });
  const onSale = new Map(
    changed.flatMap((shelf) => pick(shelf, shelf.saleChanged).map((sku) => [sku.skuId, sku.onSale])),
  );
  const levels = await setStockOnSale(trx, inKeyOrder(onSale.keys()), onSale);
  const catalogueVersion = await raiseCatalogueVersion(trx);
  const versions = new Map(products.map(({ productId, version }) => [productId, version]));
  return { catalogueVersion, products: versions, levels };
}

function pick({ skus }: Shelf, skuIds: Iterable<string>): Sku[] {
  return [...skuIds].flatMap((skuId) => skus.get(skuId) ?? []);
}
