/**
 * Generates services/edge/route-table.ts from the routes of all services: `node cli/generate-route-table.ts` writes it,
 * `--check` only says whether it is stale (exit code 1). Services are not called for it and the edge does not import
 * them: each routes.ts is asked for its routes with dependencies that can be named but not used.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "oxfmt";
import type { Route } from "#platform/http/route.ts";

type ServiceRoute = Route & { readonly service: string };

const root = resolve(import.meta.dirname, "..");
const target = join(root, "services", "edge", "route-table.ts");

/** Every route of every service in this checkout that may be called from outside. Throws when two claim one place. */
export async function readServiceRoutes(folder = root): Promise<ServiceRoute[]> {
  const files = globSync("services/*/routes.ts", { cwd: folder }).sort();
  const lists = await Promise.all(files.map((file) => routesOf(folder, file)));
  const routes = lists.flat().filter(({ path }) => !path.startsWith("/internal/") && !path.startsWith("/ops/"));
  const seen = new Map<string, string>();
  for (const { method, path, service } of routes) {
    const place = `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`;
    const other = seen.get(place);
    if (other !== undefined) throw new Error(`${place} is claimed by ${other} and ${service}`);
    seen.set(place, service);
  }
  return routes.sort((left, right) => compare(left.path, right.path) || compare(left.method, right.method));
}

async function routesOf(folder: string, file: string): Promise<ServiceRoute[]> {
  const service = String(file.split(sep)[1]);
  const exported = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
  const makers = Object.entries(exported).filter(([name, value]) => name.endsWith("Routes") && isFunction(value));
  if (makers.length !== 1) throw new Error(`${file} must export one function named <name>Routes`);
  const [, make] = makers[0] as [string, (dependencies: unknown) => readonly Route[]];
  return make(untouchable(`the dependencies of ${file}`)).map((route) => ({ ...route, service }));
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/** Every property exists; using any of them throws: asking for the routes must have no effect. */
function untouchable(what: string): unknown {
  const touched = (): never => {
    throw new Error(`${what} were used while the routes were being listed; use them only inside handle`);
  };
  return new Proxy(touched, { get: (_target, property) => untouchable(`${what}.${String(property)}`) });
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The text of route-table.ts. */
export async function generateRouteTable(routes: readonly ServiceRoute[]): Promise<string> {
  // What is not said of a route is left out here too, so that the table can be read.
  const entries = routes.map(({ method, path, service, access, ...rest }) => {
    const { idempotencyKey, mayWait, bodyType, maxBodyBytes } = rest;
    return { method, path, service, access, idempotencyKey, mayWait, bodyType, maxBodyBytes };
  });
  const text = `// Generated from the routes of all services by cli/generate-route-table.ts; change those, not this.
import type { TableRoute } from "./match-route.ts";

/** Everything that can be called from outside, and by whom. */
export const routeTable: readonly TableRoute[] = [
${entries.map((entry) => `${JSON.stringify(entry)},`).join("\n")}
];
`;
  const { code, errors } = await format("route-table.ts", text, { printWidth: 120 });
  if (errors.length > 0) throw new Error(`the generated text cannot be formatted: ${JSON.stringify(errors)}`);
  return code;
}

async function main(): Promise<void> {
  const text = await generateRouteTable(await readServiceRoutes());
  if (existsSync(target) && readFileSync(target, "utf8") === text) return;
  if (process.argv.includes("--check")) {
    console.error("services/edge/route-table.ts is stale: run node cli/generate-route-table.ts");
    process.exitCode = 1;
    return;
  }
  writeFileSync(target, text);
  console.log("wrote services/edge/route-table.ts");
}

if (import.meta.main) await main();
