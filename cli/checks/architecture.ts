import { existsSync } from "node:fs";
import { join } from "node:path";
import type { VariableDeclarator } from "@swc/core";
import { cruise } from "dependency-cruiser";
import extractOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import { Visitor } from "@swc/core/Visitor.js";
import { report } from "./report.ts";

const folders = ["platform", "schemas", "topics", "services", "cli", "bench", "deploy"];

// dependency-cruiser walks swc's tree with a visitor that has not heard of `using` and gives up on the whole cruise.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function visitAnyStatement(this: Visitor, statement) {
  if ((statement.type as string) !== "UsingDeclaration") return visitStatement.call(this, statement);
  const { decls } = statement as unknown as { readonly decls: VariableDeclarator[] };
  this.visitVariableDeclarators(decls);
  return statement;
};

/**
 * Cruises the source folders below `root` by the rules of its .dependency-cruiser.cjs.
 * @returns one line per broken rule
 */
export async function checkArchitecture(root: string): Promise<string[]> {
  const options = await extractOptions(join(root, ".dependency-cruiser.cjs"));
  const { output } = await cruise(
    folders.filter((folder) => existsSync(join(root, folder))),
    { ...options, baseDir: root },
  );
  if (typeof output === "string") throw new Error("dependency-cruiser answered in text, not with a result");
  // Without a parser for TypeScript the cruise is empty and every rule holds.
  const seen = output.modules.filter((module) => module.source.endsWith(".ts") && module.dependencies.length > 0);
  if (seen.length === 0) return ["dependency-cruiser saw no TypeScript imports at all: is @swc/core installed?"];
  const comments = new Map(options.ruleSet?.forbidden?.map((rule) => [rule.name, rule.comment]));
  return output.summary.violations.map(({ rule, from, to }) => {
    const edge = from === to ? from : `${from} → ${to}`;
    return `${edge}: ${rule.name}: ${comments.get(rule.name) ?? ""}`;
  });
}

if (import.meta.main) report(await checkArchitecture(process.cwd()));
