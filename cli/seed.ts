import type { Command } from "./command.ts";
import { readConfig } from "./config.ts";
import { startProgress } from "./progress.ts";
import { runSeeds } from "./run-seeds.ts";
import { loadSecrets } from "./secrets.ts";
import { serviceNames } from "./service-manifest.ts";
import { runningStack } from "./running-stack.ts";

export const seed: Command = async () => {
  const config = readConfig();
  const { endpoints } = runningStack(config.home);
  const secrets = loadSecrets(config.home, serviceNames);
  const plan = { config, secrets, endpoints, replicas: new Map<string, number>() };
  await startProgress().step("demo data", () => runSeeds(plan));
  return 0;
};
