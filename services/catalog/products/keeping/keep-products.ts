import { validationFailed } from "#platform/http/problem.ts";
import type { Refusal } from "#platform/http/route.ts";
import type { Cause } from "#platform/outbox/outgoing.ts";
import type { Transaction } from "#platform/database/database.ts";
import { knownBrands, knownCategories } from "../catalogue-store.ts";
import { type CatalogueKeeping, CONFLICT, type Kept, keep, NOT_FOUND } from "./keeping-deps.ts";
import { saveShelves } from "./save-shelves.ts";
import { type Product, type ProductFields, Shelf } from "./shelf.ts";
import { lockShelves, productsByCode } from "./shelf-store.ts";

export type NewProductFields = ProductFields & { readonly productCode: string | null; readonly currency: string };

/** Adds a product, off sale and without SKUs. The same code with the same content again is the same product. */
export function addProduct(deps: CatalogueKeeping, fields: NewProductFields, cause: Cause): Promise<Product | Refusal> {
  return keep(deps, async (trx) => {
    const known = fields.productCode === null ? undefined : (await productsByCode(trx, [fields.productCode])).values();
    if (known) {
      const [shelf] = (await lockShelves(trx, known)).values();
      if (shelf) return isAsWanted(shelf.product, fields) ? { kept: shelf.product, change: undefined } : CONFLICT;
    }
    await checkPlaces(trx, fields);
    const shelf = newShelf(deps, fields);
    return saved(deps, { trx, shelf, cause });
  });
}

/** `version`: what the merchant saw; when given and no longer current, the change is refused. */
export function changeProduct(
  deps: CatalogueKeeping,
  {
    productId,
    version,
    ...fields
  }: ProductFields & { readonly productId: string; readonly version: number | undefined },
  cause: Cause,
): Promise<Product | Refusal> {
  return keep(deps, async (trx) => {
    const shelf = (await lockShelves(trx, [productId])).get(productId);
    if (!shelf) return NOT_FOUND;
    await checkPlaces(trx, fields);
    const before = shelf.product.version;
    shelf.change(fields);
    // A repeat of what was done already is no conflict, whatever version it was based on.
    if (shelf.isChanged && version !== undefined && version !== before)
      return { ...CONFLICT, details: { version: before } };
    return saved(deps, { trx, shelf, cause });
  });
}

/** Puts a product and all of its SKUs on sale, or takes them off it. */
export function setOnSale(
  deps: CatalogueKeeping,
  { productId, onSale }: { productId: string; onSale: boolean },
  cause: Cause,
): Promise<Product | Refusal> {
  return keep(deps, async (trx) => {
    const shelf = (await lockShelves(trx, [productId])).get(productId);
    if (!shelf) return NOT_FOUND;
    if (onSale && shelf.skus.size === 0) {
      throw validationFailed([{ path: "productId", message: "has no SKU that could be sold" }]);
    }
    if (onSale) shelf.publish();
    else shelf.withdraw();
    return saved(deps, { trx, shelf, cause });
  });
}

export function newShelf({ newId }: Pick<CatalogueKeeping, "newId">, fields: NewProductFields): Shelf {
  return new Shelf({ ...fields, productId: newId(), spuId: newId(), onSale: false, priceCents: 0, version: 0 }, []);
}

async function saved(
  { outbox }: CatalogueKeeping,
  { trx, shelf, cause }: { trx: Transaction; shelf: Shelf; cause: Cause },
): Promise<Kept<Product>> {
  const kept = shelf.isChanged ? shelf.finished() : shelf.product;
  return { kept, change: await saveShelves(trx, [shelf], { outbox, cause }) };
}

async function checkPlaces(trx: Transaction, { categoryId, brandId }: ProductFields): Promise<void> {
  const unknown = [
    ...((await knownCategories(trx, [categoryId])).has(categoryId) ? [] : ["categoryId"]),
    ...((await knownBrands(trx, [brandId])).has(brandId) ? [] : ["brandId"]),
  ];
  if (unknown.length > 0) throw validationFailed(unknown.map((path) => ({ path, message: "is not known" })));
}

function isAsWanted(product: Product, fields: NewProductFields): boolean {
  return (
    product.name === fields.name &&
    product.categoryId === fields.categoryId &&
    product.brandId === fields.brandId &&
    product.description === fields.description &&
    product.currency === fields.currency
  );
}
