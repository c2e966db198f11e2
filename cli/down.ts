import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { readConfig } from "./config.ts";
import { lockHome } from "./home-lock.ts";
import { type Progress, startProgress } from "./progress.ts";
import { stopSupervisor } from "./supervisor-client.ts";
import { wipeHome } from "./wipe-home.ts";

/** An `up` whose servers were just stopped needs a moment to notice and to end. */
const lockPatienceMs = 10_000;

export const down: Command = async (args) => {
  const { values } = parseArgs({ args, options: { wipe: { type: "boolean", default: false } } });
  const { home } = readConfig();
  const progress = startProgress();
  const stopped = await progress.step("stopping", () => stopSupervisor(home));
  if (!stopped) progress.line("nothing was running");
  if (values.wipe) await wipe(home, progress);
  return 0;
};

async function wipe(home: string, progress: Progress): Promise<void> {
  const wait = () => progress.step("waiting for another command to end", () => lockHome(home, lockPatienceMs));
  const unlock = (await lockHome(home)) ?? (await wait());
  if (unlock === undefined) {
    throw new Error(
      `nothing was deleted: another "up", "infra" or "test" is at work in ${home}; end it, then run ./mall down --wipe again`,
    );
  }
  // What that command started between the first stop and its end.
  await stopSupervisor(home);
  wipeHome(home);
  progress.line(`data, logs and secrets in ${home} deleted; downloaded software kept`);
  await unlock();
}
