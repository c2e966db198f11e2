/** Finds the route of a request. What is not in the table does not exist. */
import type { RouteShape } from "#platform/http/route.ts";

/** One route of the shop as the edge needs to know it. */
export interface TableRoute {
  readonly method: RouteShape["method"];
  /** With braces; the outer path without `/api`, and the inner one. */
  readonly path: string;
  readonly service: string;
  readonly access: RouteShape["access"];
  readonly idempotencyKey?: boolean;
  readonly mayWait?: boolean;
  readonly bodyType?: RouteShape["bodyType"];
  /** The edge's own limit when absent. */
  readonly maxBodyBytes?: number;
}

export type RoutesByMethod = ReadonlyMap<string, TableRoute>;

/** The routes of a path, by method; undefined when there are none. */
export type MatchRoute = (path: string) => RoutesByMethod | undefined;

interface Node {
  readonly children: Map<string, Node>;
  parameter: Node | undefined;
  readonly routes: Map<string, TableRoute>;
}

// Ids, channel and list names. Whatever needs an escape names nothing, so no service ever has to decode a path.
const PARAMETER = /^[\w-]{1,64}$/;

/** Fixed segments go before parameters: `/things/import` is never taken for the thing named import. */
export function createMatchRoute(table: readonly TableRoute[]): MatchRoute {
  const root = newNode();
  for (const route of table) {
    let node = root;
    for (const segment of segmentsOf(route.path)) node = childFor(node, segment);
    node.routes.set(route.method, route);
  }
  return (path) => {
    let node: Node | undefined = root;
    for (const segment of segmentsOf(path)) {
      node = node.children.get(segment) ?? (PARAMETER.test(segment) ? node.parameter : undefined);
      if (node === undefined) return undefined;
    }
    return node.routes.size === 0 ? undefined : node.routes;
  };
}

function segmentsOf(path: string): string[] {
  return path.slice(1).split("/");
}

function childFor(node: Node, segment: string): Node {
  if (segment.startsWith("{")) return (node.parameter ??= newNode());
  const known = node.children.get(segment);
  if (known !== undefined) return known;
  const child = newNode();
  node.children.set(segment, child);
  return child;
}

function newNode(): Node {
  return { children: new Map(), parameter: undefined, routes: new Map() };
}
