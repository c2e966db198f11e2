import type { Route } from "#platform/http/route.ts";
import { importRoutes } from "./products/importing/import-routes.ts";
import { keepingRoutes } from "./products/keeping/keeping-routes.ts";
import type { CatalogueKeeping } from "./products/keeping/keeping-deps.ts";
import { productRoutes } from "./products/routes.ts";
import type { ShopWindow } from "./products/shop-window.ts";
import { stockRoutes } from "./stock/routes.ts";
import type { StockKeeping } from "./stock/stock-keeping.ts";

export interface CatalogueDeps extends CatalogueKeeping, StockKeeping {
  readonly window: ShopWindow;
}

/** Every route of the catalogue. */
export function catalogRoutes(deps: CatalogueDeps): readonly Route[] {
  return [...productRoutes(deps), ...keepingRoutes(deps), ...importRoutes(deps), ...stockRoutes(deps)];
}
