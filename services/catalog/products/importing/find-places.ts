import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { readKeptBrands } from "../catalogue-store.ts";
import type { Category } from "../category.ts";
import { readCategories } from "../product-store.ts";
import { isIdText } from "./import-line.ts";

/** Where the lines of a file say their products belong. */
export interface Places {
  /** By id, or by the names from the top: `Home / Kitchen`. Undefined when there is none, or more than one. */
  categoryOf(cell: string): string | undefined;
  /** By id or name. */
  brandOf(cell: string): string | undefined;
}

const BRANDS_PER_READ = 1_000;

/** Categories and brands as they are now: files are many lines about few of them. */
export async function findPlaces(db: Backbone["db"]): Promise<Places> {
  const categories = await readCategories(db);
  const byId = new Map(categories.map((category) => [category.categoryId, category]));
  const byPath = new Map<string, string | undefined>();
  for (const category of categories) {
    const path = pathOf(category, byId);
    byPath.set(path, byPath.has(path) ? undefined : category.categoryId);
  }
  const brands = new Map<string, string>();
  const brandIds = new Set<string>();
  for (let after: string | undefined; ;) {
    const page = await readKeptBrands(db, { after, limit: BRANDS_PER_READ });
    for (const { brandId, name } of page) {
      brandIds.add(brandId);
      if (!brands.has(name)) brands.set(name, brandId);
    }
    after = page.at(-1)?.brandId;
    if (page.length < BRANDS_PER_READ) break;
  }
  return {
    categoryOf(cell) {
      if (isIdText(cell) && byId.has(cell)) return cell;
      return byPath.get(
        cell
          .split("/")
          .map((part) => part.trim())
          .join("/"),
      );
    },
    brandOf: (cell) => (isIdText(cell) && brandIds.has(cell) ? cell : brands.get(cell)),
  };
}

function pathOf(category: Category, byId: ReadonlyMap<string, Category>): string {
  const parent = category.parentId === null ? undefined : byId.get(category.parentId);
  return parent === undefined ? category.name : `${pathOf(parent, byId)}/${category.name}`;
}
