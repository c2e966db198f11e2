import type { Route } from "#platform/http/route.ts";
import { productRoutes } from "./products/routes.ts";
import { stockRoutes } from "./stock/routes.ts";
import type { StockKeeping } from "./stock/stock-keeping.ts";

/** Every route of the catalogue. */
export function catalogRoutes(deps: StockKeeping): readonly Route[] {
  return [...productRoutes(deps), ...stockRoutes(deps)];
}
