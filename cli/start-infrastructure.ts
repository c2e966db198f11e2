import type { StackEndpoints } from "#platform/stack/stack.ts";
import { announceReady } from "./announce-ready.ts";
import type { CliConfig } from "./config.ts";
import { openStack } from "./open-stack.ts";
import type { Progress } from "./progress.ts";
import type { Secrets } from "./secrets.ts";
import { ensureSupervisor, waitForState } from "./supervisor-client.ts";

const infrastructureDeadlineMs = 240_000;

/** Installs what is missing, starts the supervisor and waits until every server answers. */
export async function startInfrastructure(
  config: CliConfig,
  secrets: Secrets,
  progress: Progress,
): Promise<StackEndpoints> {
  await progress.talkingStep("software", () => openStack(config, secrets.passwords).prepare(progress.line));
  return progress.step("infrastructure", async () => {
    await ensureSupervisor(config);
    const announce = announceReady(progress);
    const state = await waitForState(
      config.home,
      ({ phase, processes }) => {
        announce(processes);
        return phase === "running";
      },
      infrastructureDeadlineMs,
    );
    if (state.endpoints === undefined) throw new Error("the supervisor runs but names no endpoints");
    return state.endpoints;
  });
}
