import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import type { Check } from "./checks/list.ts";
import type { CliConfig } from "./config.ts";
import { pathWithPackages } from "./package-path.ts";
import { giveSignsOfLife } from "./progress.ts";

export interface CheckOutcome {
  name: string;
  ok: boolean;
  output: string;
}

/** Runs as many checks at once as there are cores, and says of each how long it took. */
export async function runChecks(checks: readonly Check[], config: CliConfig): Promise<CheckOutcome[]> {
  const waiting = [...checks];
  const outcomes: CheckOutcome[] = [];
  const running = new Set<string>();
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const startedAt = performance.now();
      running.add(check.name);
      const outcome = await runCheck(check, config);
      running.delete(check.name);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(`${outcome.ok ? "ok    " : "BROKEN"} ${check.name.padEnd(24)} ${seconds.padStart(5)} s`);
      outcomes.push(outcome);
    }
  };
  const fallSilent = giveSignsOfLife((elapsed) => console.log(`…      ${[...running].join(", ")}, ${elapsed}`));
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  fallSilent();
  return outcomes;
}

async function runCheck({ name, command }: Check, config: CliConfig): Promise<CheckOutcome> {
  const [program = "", ...args] = command;
  const environment = { ...config.environment, PATH: pathWithPackages(config) };
  const child = spawn(program, args, { cwd: config.root, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ok = await new Promise<boolean>((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve(false);
    });
    child.once("close", (code) => resolve(code === 0));
  });
  return { name, ok, output };
}
