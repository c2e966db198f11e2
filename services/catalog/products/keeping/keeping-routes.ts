/** The merchant's routes of the catalogue. What is listed here is what is kept, on sale or not, never from a cache. */
import type { Route } from "#platform/http/route.ts";
import { brandRoutes } from "./brand-routes.ts";
import { categoryRoutes } from "./category-routes.ts";
import type { CatalogueKeeping } from "./keeping-deps.ts";
import { keptProductRoutes } from "./product-routes.ts";
import { skuRoutes } from "./sku-routes.ts";

export function keepingRoutes(deps: CatalogueKeeping): readonly Route[] {
  return [...categoryRoutes(deps), ...brandRoutes(deps), ...keptProductRoutes(deps), ...skuRoutes(deps)];
}
