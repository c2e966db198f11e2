import { isJavaSoftwareComplete } from "#platform/stack/native/download-java-software.ts";
import type { Command } from "./command.ts";
import { type CliConfig, readTestConfig } from "./config.ts";
import { lockHome } from "./home-lock.ts";
import { stopOnInterrupt } from "./interrupt.ts";
import { type Progress, startProgress } from "./progress.ts";
import { runVitest } from "./run-vitest.ts";
import { addTotals, closingLine, type TestTotals } from "./test-totals.ts";
import { TestStack } from "./test-stack.ts";

/** Groups in the order in which they run; the stack grows from group to group and is started once. */
const groups = ["unit", "int", "flow", "flow-short"] as const;
type Group = (typeof groups)[number];

// Every test comes from this one address; the tests of these limits set their own.
const liftedLimits = { EDGE_ADDRESS_REQUESTS_PER_S: "0", EDGE_ADDRESS_LOGINS_PER_MIN: "0" };

// Long enough to place and pay in time, short enough to wait for.
const shortLimits = {
  ...liftedLimits,
  ORDERS_PAYMENT_WINDOW_MS: "5000",
  SWEEPER_CRON: "* * * * * *",
  ORDERS_AUTO_RECEIPT_MS: "5000",
};

/** `test [unit|int|flow] [part of a path …]`. Prints the totals alone on the last line. */
export const test: Command = async (args) => {
  const { chosen, filters } = chooseGroups(args);
  const config = readTestConfig(isJavaSoftwareComplete);
  const unlock = await lockHome(config.home);
  if (unlock === undefined)
    throw new Error(`another test run uses ${config.home}; set MALL_TEST_HOME to run beside it`);
  const progress = startProgress();
  const stack = new TestStack(config, progress);
  const interruption = stopOnInterrupt(config.home);
  const totals: TestTotals[] = [];
  for (const group of chosen) totals.push(await runGroup(group, { config, stack, progress, filters }));
  if (interruption.happened()) return interruption.ended;
  const sum = addTotals(totals);
  const ok = sum.failed === 0 && sum.passed > 0;
  if (chosen.some((group) => group !== "unit")) await stack.end(!ok);
  if (!ok) progress.line(`logs of the servers and services: ${config.home}/logs`);
  chosen.forEach((group, index) => progress.line(`${group}: ${closingLine(totals[index] ?? sum)}`));
  console.log(`\n${closingLine(sum)}`);
  return ok ? 0 : 1;
};

interface GroupRun {
  config: CliConfig;
  stack: TestStack;
  progress: Progress;
  filters: string[];
}

async function runGroup(group: Group, { config, stack, progress, filters }: GroupRun): Promise<TestTotals> {
  try {
    const stackFile = await prepareStack(group, stack);
    const environment: Record<string, string> = stackFile === undefined ? {} : { MALL_TEST_STACK: stackFile };
    return await progress.talkingStep(`${group} tests`, () =>
      runVitest(config, { project: group, filters, environment }),
    );
  } catch (error) {
    progress.line(`${group}: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function prepareStack(group: Group, stack: TestStack): Promise<string | undefined> {
  switch (group) {
    case "unit":
      return undefined;
    case "int":
      return stack.startServers();
    case "flow":
      return stack.startServices(liftedLimits);
    case "flow-short":
      return stack.startServices(shortLimits);
  }
}

function chooseGroups(args: string[]): { chosen: Group[]; filters: string[] } {
  const [first, ...rest] = args;
  switch (first) {
    case undefined:
      return { chosen: [...groups], filters: [] };
    case "unit":
    case "int":
      return { chosen: [first], filters: rest };
    case "flow":
      return { chosen: ["flow", "flow-short"], filters: rest };
    default:
      throw new Error(`test: there is no group "${first}"; choose unit, int or flow`);
  }
}
