import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "./progress.ts";
import { planServices, type ServicePlan } from "./plan-services.ts";
import { applyServices, waitForState } from "./supervisor-client.ts";
import type { SupervisorState } from "./supervisor-state.ts";

const servicesDeadlineMs = 90_000;
/** A service that died this often without getting ready will not get ready by itself. */
const patience = 5;

/** Has the supervisor run the planned services and waits until each is ready. Throws, naming the log, when one does not start. */
export async function startServices(plan: ServicePlan, progress: Progress): Promise<void> {
  const desired = planServices(plan);
  if (desired.services.length === 0) return progress.line("this checkout has no services yet");
  await progress.step(`${desired.services.length} services`, async () => {
    const { home } = plan.config;
    await applyServices(home, desired);
    const announced = new Set<string>();
    await waitForState(
      home,
      (state) => {
        refuseHopeless(state, home);
        const services = state.processes.filter(({ kind }) => kind === "service");
        for (const { name, port } of services.filter(({ ready }) => ready)) {
          if (!announced.has(name)) progress.line(`${name} ready on port ${port}`);
          announced.add(name);
        }
        return services.every(({ ready }) => ready);
      },
      servicesDeadlineMs,
    );
  });
}

function refuseHopeless(state: SupervisorState, home: string): void {
  const hopeless = state.processes.find(({ ready, restarts }) => !ready && restarts >= patience);
  if (hopeless === undefined) return;
  const log = join(home, "logs", `${hopeless.name}.log`);
  throw new Error(`${hopeless.name} does not start; the end of ${log}:\n${lastLines(log)}`);
}

function lastLines(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").slice(-12).join("\n") : "(no log)";
}
