import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { readConfig } from "./config.ts";
import { startProgress } from "./progress.ts";
import { stopSupervisor } from "./supervisor-client.ts";
import { wipeHome } from "./wipe-home.ts";

export const down: Command = async (args) => {
  const { values } = parseArgs({ args, options: { wipe: { type: "boolean", default: false } } });
  const { home } = readConfig();
  const progress = startProgress();
  const stopped = await progress.step("stopping", () => stopSupervisor(home));
  if (!stopped) progress.line("nothing was running");
  if (values.wipe) {
    wipeHome(home);
    progress.line(`data, logs and secrets in ${home} deleted; downloaded software kept`);
  }
  return 0;
};
