/**
 * Generates services/edge/openapi.json, the API document that the edge serves, from the routes of all services:
 * `node cli/generate-openapi.ts` writes it, `--check` only says whether it is stale (exit code 1).
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format } from "oxfmt";
import { readServiceRoutes } from "./generate-route-table.ts";
import { openApiDocument } from "./openapi/document.ts";

const target = join(resolve(import.meta.dirname, ".."), "services", "edge", "openapi.json");

async function main(): Promise<void> {
  const document = openApiDocument(await readServiceRoutes());
  const { code, errors } = await format("openapi.json", JSON.stringify(document), { printWidth: 120 });
  if (errors.length > 0) throw new Error(`the document cannot be formatted: ${JSON.stringify(errors)}`);
  if (existsSync(target) && readFileSync(target, "utf8") === code) return;
  if (process.argv.includes("--check")) {
    console.error("services/edge/openapi.json is stale: run node cli/generate-openapi.ts");
    process.exitCode = 1;
    return;
  }
  writeFileSync(target, code);
  console.log("wrote services/edge/openapi.json");
}

if (import.meta.main) await main();
