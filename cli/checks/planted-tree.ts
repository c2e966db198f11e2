import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../..");
const fixtures = join(import.meta.dirname, "fixtures");
const settings = [
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
  ".oxlintrc.json",
  ".dependency-cruiser.cjs",
  "cli/checks/lint-rules.ts",
  "cli/checks/fail-on-open-handles.ts",
];

export interface PlantedTree extends Disposable {
  readonly root: string;
}

/** Names of the fixtures of one kind, each named as the rule that it breaks. */
export function fixtureNames(kind: string): string[] {
  return readdirSync(join(fixtures, kind)).toSorted();
}

/**
 * A small repository outside this one, under the real settings: the clean tree with the given fixtures laid over it.
 * Deleted when the tree is disposed of.
 */
export function plantTree(overlays: readonly string[]): PlantedTree {
  const root = mkdtempSync(join(tmpdir(), "mall-checks-"));
  for (const file of settings) cpSync(join(repository, file), join(root, file));
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  for (const overlay of ["clean", ...overlays]) cpSync(join(fixtures, overlay), root, { recursive: true });
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
