import { validationFailed } from "#platform/http/problem.ts";
import type { Refusal } from "#platform/http/route.ts";
import { raiseCatalogueVersion } from "../catalogue-version-store.ts";
import { saveCategories } from "../catalogue-store.ts";
import { type Category, MAX_LEVEL, moved, withDescendants } from "../category.ts";
import { readCategories } from "../product-store.ts";
import { type CatalogueKeeping, CONFLICT, keep, NOT_FOUND } from "./keeping-deps.ts";

export interface CategoryFields {
  readonly name: string;
  readonly parentId: string | null;
  readonly sort: number;
}

/** Adds a category. The same name below the same parent again is the same category; with another place, a conflict. */
export function addCategory(deps: CatalogueKeeping, fields: CategoryFields): Promise<Category | Refusal> {
  return keep(deps, async (trx) => {
    const catalogueVersion = await raiseCatalogueVersion(trx);
    const all = await readCategories(trx);
    const twin = twinOf(all, fields);
    if (twin) return twin.sort === fields.sort ? { kept: twin, change: undefined } : CONFLICT;
    const category = { ...fields, categoryId: deps.newId(), level: levelBelow(all, fields.parentId) };
    await saveCategories(trx, [category]);
    return { kept: category, change: { catalogueVersion } };
  });
}

/** Renames, moves or sorts a category; all that is below it comes along. */
export function changeCategory(
  deps: CatalogueKeeping,
  categoryId: string,
  fields: CategoryFields,
): Promise<Category | Refusal> {
  return keep(deps, async (trx) => {
    const catalogueVersion = await raiseCatalogueVersion(trx);
    const all = await readCategories(trx);
    const category = all.find((known) => known.categoryId === categoryId);
    if (!category) return NOT_FOUND;
    const twin = twinOf(all, fields);
    if (twin && twin !== category) return CONFLICT;
    const below = withDescendants(all, categoryId);
    if (fields.parentId !== null && below.includes(fields.parentId)) {
      throw validationFailed([{ path: "parentId", message: "must not be the category itself or below it" }]);
    }
    const changed = moved(all, { ...category, ...fields, level: levelBelow(all, fields.parentId) });
    if (changed.some(({ level }) => level > MAX_LEVEL)) throw tooDeep();
    await saveCategories(trx, changed);
    return { kept: changed[0] as Category, change: { catalogueVersion } };
  });
}

function twinOf(all: readonly Category[], { name, parentId }: CategoryFields): Category | undefined {
  return all.find((known) => known.name === name && known.parentId === parentId);
}

function levelBelow(all: readonly Category[], parentId: string | null): number {
  if (parentId === null) return 1;
  const parent = all.find(({ categoryId }) => categoryId === parentId);
  if (!parent) throw validationFailed([{ path: "parentId", message: "is not known" }]);
  if (parent.level >= MAX_LEVEL) throw tooDeep();
  return parent.level + 1;
}

function tooDeep(): Error {
  return validationFailed([{ path: "parentId", message: `there would be more than ${MAX_LEVEL} levels` }]);
}
