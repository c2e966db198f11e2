import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { environmentOfService, type ServicePlan } from "./plan-services.ts";
import { presentServices } from "./service-manifest.ts";

/** Runs the seed of every service that has one; what is there already stays as it is. */
export async function runSeeds(plan: ServicePlan): Promise<void> {
  const { root } = plan.config;
  const seeds = presentServices(root)
    .filter(({ seeds: hasSeed }) => hasSeed)
    .map((service) => ({ service, file: join(root, "services", service.name, "seed.ts") }))
    .filter(({ file }) => existsSync(file));
  await Promise.all(
    seeds.map(async ({ service, file }) => {
      const environment = environmentOfService(service, plan);
      try {
        await promisify(execFile)(process.execPath, [file], { cwd: root, env: environment });
      } catch (cause) {
        const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
        throw new Error(`the seed of ${service.name} failed: ${said.split("\n").slice(-5).join("\n")}`, { cause });
      }
    }),
  );
}
