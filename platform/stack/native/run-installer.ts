import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { lastLines } from "../processes/last-lines.ts";
import { type Report, StackError } from "../stack.ts";

export interface InstallerRun {
  /** What a person reads, such as "installing mariadb-server". */
  label: string;
  command: string;
  args: string[];
  environment: Record<string, string>;
  cwd?: string;
  logFile: string;
  report: Report;
}

const reportEveryMs = 5_000;

/** Runs a package client with its output in the log and a sign of life every few seconds. Throws `StackError` with the last lines when it fails. */
export async function runInstaller(run: InstallerRun): Promise<void> {
  mkdirSync(dirname(run.logFile), { recursive: true });
  const startedAt = Date.now();
  run.report(`${run.label} …`);
  const ticker = setInterval(() => run.report(`${run.label} … ${seconds(startedAt)}`), reportEveryMs);
  const log = openSync(run.logFile, "a");
  const code = await new Promise<number | string>((resolve) => {
    const child = spawn(run.command, run.args, { cwd: run.cwd, env: run.environment, stdio: ["ignore", log, log] });
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (exitCode, signal) => resolve(exitCode ?? signal ?? "unknown"));
  });
  clearInterval(ticker);
  closeSync(log);
  if (code === 0) return run.report(`${run.label}: done in ${seconds(startedAt)}`);
  throw new StackError(
    `${run.label} failed (${code}); the whole output is in ${run.logFile}\n${lastLines(run.logFile)}`,
  );
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
