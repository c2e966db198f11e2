import type { Refusal } from "#platform/http/route.ts";
import { raiseCatalogueVersion } from "../catalogue-version-store.ts";
import { type Brand, brandNamed, readBrand, saveBrand } from "../catalogue-store.ts";
import { type CatalogueKeeping, CONFLICT, keep, NOT_FOUND } from "./keeping-deps.ts";

export type BrandFields = Omit<Brand, "brandId">;

/** Adds a brand. The same name again is the same brand; with another place, a conflict. */
export function addBrand(deps: CatalogueKeeping, fields: BrandFields): Promise<Brand | Refusal> {
  return keep(deps, async (trx) => {
    const catalogueVersion = await raiseCatalogueVersion(trx);
    const twin = await brandNamed(trx, fields.name);
    if (twin) return twin.sort === fields.sort ? { kept: twin, change: undefined } : CONFLICT;
    const brand = { ...fields, brandId: deps.newId() };
    await saveBrand(trx, brand);
    return { kept: brand, change: { catalogueVersion } };
  });
}

export function changeBrand(deps: CatalogueKeeping, brandId: string, fields: BrandFields): Promise<Brand | Refusal> {
  return keep(deps, async (trx) => {
    const catalogueVersion = await raiseCatalogueVersion(trx);
    if (!(await readBrand(trx, brandId))) return NOT_FOUND;
    const twin = await brandNamed(trx, fields.name);
    if (twin && twin.brandId !== brandId) return CONFLICT;
    const brand = { ...fields, brandId };
    await saveBrand(trx, brand);
    return { kept: brand, change: { catalogueVersion } };
  });
}
