import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { fixtureNames, plantTree } from "./planted-tree.ts";

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

const oxlint = join(import.meta.dirname, "../../node_modules/oxlint/bin/oxlint");
const fixtures = fixtureNames("lint");
const rulesByFile = new Map<string, string[]>();

const filesOf = (fixture: string) =>
  readdirSync(join(import.meta.dirname, "fixtures/lint", fixture), { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts"),
  );

/** oxlint's code "eslint(no-console)" as the name of a fixture, "eslint-no-console". */
const fixtureOf = (code: string) => code.replace(/^(.+?)(?:-eslint)?\((.+)\)$/, "$1-$2");

async function lint(root: string): Promise<readonly Diagnostic[]> {
  const run = promisify(execFile)(process.execPath, [oxlint, "--format=json"], { cwd: root, maxBuffer: 16_000_000 });
  const { stdout } = await run.catch((failure: { readonly stdout: string }) => failure);
  return (JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] }).diagnostics;
}

describe("lint", () => {
  beforeAll(async () => {
    using tree = plantTree(fixtures.map((name) => `lint/${name}`));
    for (const { filename, code } of await lint(tree.root)) {
      rulesByFile.set(filename, [...(rulesByFile.get(filename) ?? []), fixtureOf(code)]);
    }
  }, 30_000);

  it.each(fixtures)("reports %s in each file planted for it, and nothing else", (fixture) => {
    const files = filesOf(fixture);
    expect(files).not.toEqual([]);
    for (const file of files) expect([file, new Set(rulesByFile.get(file))]).toEqual([file, new Set([fixture])]);
  });

  it("sees SQL built from values in a template, by concatenation, and in a variable", () => {
    expect(rulesByFile.get("services/orders/built-sql-store.ts")).toHaveLength(4);
  });

  it("reports nothing in the files that keep every rule", () => {
    const planted = new Set(fixtures.flatMap(filesOf));
    expect([...rulesByFile].filter(([file]) => !planted.has(file))).toEqual([]);
  });
});
