import type { Command } from "./command.ts";
import { type CliConfig, readConfig } from "./config.ts";
import { followEvents } from "./event-feed.ts";
import { lockHome } from "./home-lock.ts";
import { stopOnInterrupt } from "./interrupt.ts";
import { orderTimeline } from "./order-timeline.ts";
import { placeDemoOrder } from "./place-demo-order.ts";
import { type Progress, startProgress } from "./progress.ts";
import { prepareData } from "./prepare-data.ts";
import { runningStack } from "./running-stack.ts";
import { runSeeds } from "./run-seeds.ts";
import { demoAccount, loadSecrets, type Secrets } from "./secrets.ts";
import { serviceNames } from "./service-manifest.ts";
import { shopClient } from "./shop-client.ts";
import { startInfrastructure } from "./start-infrastructure.ts";
import { startServices } from "./start-services.ts";
import { readStatus } from "./stack-status.ts";
import { stopSupervisor } from "./supervisor-client.ts";
import { isSupervisorAlive, readState } from "./supervisor-state.ts";
import { parseUpOptions, type UpOptions } from "./up-options.ts";
import { wipeHome } from "./wipe-home.ts";

export const up: Command = async (args) => {
  const options = parseUpOptions(args);
  const config = readConfig();
  const unlock = await lockHome(config.home);
  if (unlock === undefined) throw new Error(`another command brings up ${config.home} or deletes it`);
  if (!options.fresh && runsServices(config.home)) return reportRunning(config);
  const interruption = stopOnInterrupt(config.home);
  const progress = startProgress();
  let proved = false;
  try {
    if (options.fresh) await startAfresh(config.home, progress);
    const secrets = loadSecrets(config.home, serviceNames);
    const task = { config, secrets, options };
    await bringUp(task, progress);
    proved = await proveOrder(task, progress);
    for (const line of welcome(config, secrets)) console.log(line);
  } catch (error) {
    if (interruption.happened()) return interruption.ended;
    await progress.step("stopping what was started", () => stopSupervisor(config.home));
    throw error;
  }
  await unlock();
  if (options.detached || !proved) return proved ? 0 : 1;
  console.log("\nevents as they happen (Ctrl-C stops the shop):");
  await followEvents({ ...runningStack(config.home), home: config.home }).catch((error: unknown) => {
    if (!interruption.happened()) console.error(`no event feed: ${String(error)}`);
  });
  return interruption.ended;
};

interface UpTask {
  config: CliConfig;
  secrets: Secrets;
  options: UpOptions;
}

async function bringUp({ config, secrets, options }: UpTask, progress: Progress): Promise<void> {
  const endpoints = await startInfrastructure(config, secrets, progress);
  await prepareData({ config, secrets, endpoints }, progress);
  const plan = { config, secrets, endpoints, replicas: options.replicas };
  // Seeds write rows and outbox rows only, so they need not wait for the services, nor the services for them.
  await Promise.all([startServices(plan, progress), progress.step("demo data", () => runSeeds(plan))]);
}

/** One order through the edge. When it fails the shop keeps running: it is up, and whoever looks for the reason needs it so. */
async function proveOrder({ config, secrets }: UpTask, progress: Progress): Promise<boolean> {
  const { state, edge } = runningStack(config.home);
  if (!state.processes.some(({ name }) => name === "edge")) return true;
  const shopper = demoAccount(secrets, "shopper");
  try {
    const order = await progress.step("one order, through the edge", () => placeDemoOrder(shopClient(edge), shopper));
    for (const line of orderTimeline(order)) progress.line(line);
    return true;
  } catch (error) {
    progress.line(`the first order failed: ${error instanceof Error ? error.message : String(error)}`);
    progress.line("the shop keeps running so that you can look; ./mall down stops it");
    return false;
  }
}

async function startAfresh(home: string, progress: Progress): Promise<void> {
  await progress.step("stopping", () => stopSupervisor(home));
  wipeHome(home);
}

function runsServices(home: string): boolean {
  const state = readState(home);
  return isSupervisorAlive(state) && state.processes.some(({ kind }) => kind === "service");
}

async function reportRunning(config: CliConfig): Promise<number> {
  const status = await readStatus(config);
  console.log(`the shop already runs: ${status.edge}/api, ${status.ready ? "ready" : "not ready"} (see ./mall status)`);
  return status.ready ? 0 : 1;
}

function welcome(config: CliConfig, secrets: Secrets): string[] {
  const { edge, endpoints } = runningStack(config.home);
  const accounts = secrets.accounts.map(({ username, password }) => `  ${username.padEnd(15)} ${password}`);
  return [
    "",
    `shop      ${edge}/api   (description: ${edge}/api/docs)`,
    `kafka     ${endpoints.kafka.brokers.join(",")}`,
    `registry  ${endpoints.schemaRegistry}`,
    `state     ${config.home}`,
    "accounts",
    ...accounts,
  ];
}
