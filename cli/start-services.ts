import { join } from "node:path";
import { lastLines } from "#platform/stack/processes/last-lines.ts";
import { describeTakenPorts } from "#platform/stack/processes/ports.ts";
import { announceReady } from "./announce-ready.ts";
import type { Progress } from "./progress.ts";
import { planServices, type ServicePlan } from "./plan-services.ts";
import { applyServices, waitForState } from "./supervisor-client.ts";
import { type DesiredServices, readState, type SupervisorState } from "./supervisor-state.ts";

const servicesDeadlineMs = 180_000;
/** A service that died this often without getting ready will not get ready by itself. */
const patience = 5;

/** Has the supervisor run the planned services and waits until each is ready. Throws, naming the log, when one does not start. */
export async function startServices(plan: ServicePlan, progress: Progress): Promise<void> {
  const desired = planServices(plan);
  if (desired.services.length === 0) return progress.line("this checkout has no services yet");
  const { home } = plan.config;
  await refuseTakenPorts(desired, home);
  await progress.step(`${desired.services.length} services`, async () => {
    await applyServices(home, desired);
    const announce = announceReady(progress);
    await waitForState(
      home,
      (state) => {
        refuseHopeless(state, home);
        const services = state.processes.filter(({ kind }) => kind === "service");
        announce(services);
        return services.every(({ ready }) => ready);
      },
      servicesDeadlineMs,
    );
  });
}

/** A service whose port is taken would only die again and again. Those of services that already run are of course in use. */
async function refuseTakenPorts({ services }: DesiredServices, home: string): Promise<void> {
  const running = new Set(readState(home)?.processes.map(({ port }) => port));
  const wanted = services.filter(({ port }) => !running.has(port)).map(({ name, port }) => [name, port] as const);
  const taken = await describeTakenPorts(wanted);
  if (taken.length > 0) throw new Error(taken.join("\n"));
}

function refuseHopeless(state: SupervisorState, home: string): void {
  const hopeless = state.processes.find(({ ready, restarts }) => !ready && restarts >= patience);
  if (hopeless === undefined) return;
  const log = join(home, "logs", `${hopeless.name}.log`);
  throw new Error(`${hopeless.name} does not start (${hopeless.lastExit}); the end of ${log}:\n${lastLines(log)}`);
}
