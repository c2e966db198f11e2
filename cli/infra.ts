import type { Command } from "./command.ts";
import { readConfig } from "./config.ts";
import { lockHome } from "./home-lock.ts";
import { startProgress } from "./progress.ts";
import { loadSecrets } from "./secrets.ts";
import { serviceNames } from "./service-manifest.ts";
import { startInfrastructure } from "./start-infrastructure.ts";

/** Starts only the infrastructure. Standard output carries nothing but the endpoints, as JSON. */
export const infra: Command = async () => {
  const config = readConfig();
  const unlock = await lockHome(config.home);
  if (unlock === undefined) throw new Error(`another command brings up ${config.home}; wait until it is done`);
  const progress = startProgress((line) => console.error(line));
  const endpoints = await startInfrastructure(config, loadSecrets(config.home, serviceNames), progress);
  console.log(JSON.stringify(endpoints, null, 2));
  await unlock();
  return 0;
};
