import type { TableRoute } from "../match-route.ts";

/** A row of a route table with nothing special about it. */
export function aRoute(change: Partial<TableRoute> & Pick<TableRoute, "method" | "path">): TableRoute {
  return { service: "things", access: "shopper", ...change };
}
