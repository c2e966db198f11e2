import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliConfig } from "./config.ts";
import { pathWithPackages } from "./package-path.ts";
import { countReport, type TestReport, type TestTotals } from "./test-totals.ts";

export interface TestRun {
  project: string;
  /** Only files whose path contains one of these; all when empty. */
  filters: string[];
  environment: Record<string, string>;
}

/** Runs one vitest project with its output on the terminal and counts the results. A run that breaks off counts as a failure. */
export async function runVitest(config: CliConfig, run: TestRun): Promise<TestTotals> {
  const folder = mkdtempSync(join(tmpdir(), "mall-test-"));
  const reportFile = join(folder, "report.json");
  try {
    const code = await startVitest(config, run, reportFile);
    if (!existsSync(reportFile)) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
    // Written by vitest itself; the fields read here are those of Jest's format, which it promises to keep.
    const totals = countReport(JSON.parse(readFileSync(reportFile, "utf8")) as TestReport);
    // Something outside any test went wrong, such as an unhandled rejection.
    return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function startVitest(config: CliConfig, run: TestRun, reportFile: string): Promise<number> {
  const vitest = join(config.root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const args = [vitest, "run", "--project", run.project, "--passWithNoTests", ...reporters, ...run.filters];
  const environment = { ...config.environment, PATH: pathWithPackages(config), ...run.environment };
  const child = spawn(process.execPath, args, {
    cwd: config.root,
    env: environment,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const endWithUs = (): void => void child.kill();
  process.once("exit", endWithUs);
  return new Promise((resolve) => {
    const ended = (code: number): void => {
      process.off("exit", endWithUs);
      resolve(code);
    };
    child.once("error", () => ended(1));
    child.once("exit", (code) => ended(code ?? 1));
  });
}
