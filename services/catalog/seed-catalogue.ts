import { databaseNow, inTransaction } from "#platform/database/database.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import { raiseCatalogueVersion } from "./products/catalogue-version-store.ts";
import { addBrands, addCategories, insertProducts, knownProducts } from "./products/catalogue-store.ts";
import { changeSkus } from "./products/change-skus.ts";
import type { DemoCatalogue } from "./products/demo-catalogue.ts";
import { openStock } from "./stock/open-stock.ts";

/**
 * Adds the products of a catalogue that are not there yet, with their SKUs and first stock, and publishes them: all in one
 * transaction. What is there stays as it is, whatever became of it since. Returns how many products were added.
 */
export async function seedCatalogue(
  { db, outbox }: Pick<Backbone, "db" | "outbox">,
  { categories, brands, products }: DemoCatalogue,
  cause: Cause,
): Promise<number> {
  return inTransaction(db, async (trx) => {
    // A second seed at the same time waits here for the first one's rows, and then finds all of its products.
    await addCategories(trx, categories);
    await addBrands(trx, brands);
    const known = await knownProducts(
      trx,
      products.map(({ productId }) => productId),
    );
    const added = products.filter(({ productId }) => !known.has(productId));
    if (added.length === 0) return 0;
    const now = await databaseNow(trx);
    await insertProducts(trx, added, now);
    const skus = added.flatMap((product) => product.skus.map((sku) => ({ sku, product })));
    await changeSkus(trx, skus, { outbox, cause, now });
    await openStock(
      trx,
      skus.map(({ sku }) => sku),
      { outbox, cause, now },
    );
    await raiseCatalogueVersion(trx);
    return added.length;
  });
}
