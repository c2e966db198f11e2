import type { Command } from "./command.ts";
import { checks } from "./checks/list.ts";
import { readConfig } from "./config.ts";
import { runChecks } from "./run-checks.ts";

/** All static checks and the unit tests; every failure is shown in full. */
export const check: Command = async () => {
  const startedAt = performance.now();
  const outcomes = await runChecks(checks, readConfig());
  const failed = outcomes.filter(({ ok }) => !ok);
  for (const { name, output } of failed) console.log(`\n--- ${name}\n${output.trimEnd()}`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const verdict = failed.length === 0 ? "all kept" : `broken: ${failed.map(({ name }) => name).join(", ")}`;
  console.log(`\n${outcomes.length} checks in ${seconds} s, ${verdict}`);
  return failed.length === 0 ? 0 : 1;
};
