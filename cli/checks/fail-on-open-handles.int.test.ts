import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { plantTree } from "./planted-tree.ts";

interface VitestReport {
  readonly testResults: readonly { readonly name: string; readonly status: string }[];
}

it("fails the test file that leaves a server open, and not the one that stops it", async () => {
  using tree = plantTree(["source/open-handles"]);
  const vitest = join(tree.root, "node_modules/vitest/vitest.mjs");
  const args = ["run", "--project", "int", "--reporter=json", "--outputFile=report.json"];
  const run = promisify(execFile)(process.execPath, [vitest, ...args], { cwd: tree.root });
  await expect(run).rejects.toThrow("Command failed");
  const { testResults } = JSON.parse(readFileSync(join(tree.root, "report.json"), "utf8")) as VitestReport;
  expect(Object.fromEntries(testResults.map(({ name, status }) => [basename(name), status]))).toEqual({
    "forgotten.int.test.ts": "failed",
    "stopped.int.test.ts": "passed",
  });
});
