/**
 * Takes services away from the running shop and gives them back. The supervisor runs what `run/services.json` names and
 * looks again on SIGHUP (cli/README.md), so a service that is held down stays down, and its port refuses.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "#platform/testing/eventually.ts";
import { flowStack } from "./flow-stack.ts";

interface DesiredServices {
  readonly revision: string;
  readonly services: readonly { readonly name: string }[];
}

interface SupervisorState {
  readonly supervisor: { readonly pid: number };
  readonly servicesRevision?: string;
  readonly processes: readonly { readonly name: string; readonly pid?: number; readonly ready: boolean }[];
}

const read = <T>(file: string): T => JSON.parse(readFileSync(join(flowStack().home, "run", file), "utf8")) as T;
const readState = (): SupervisorState => read<SupervisorState>("state.json");

/** Runs `work` while the service is stopped, then starts it and waits until it is ready. */
export async function whileDown(name: string, work: () => Promise<void>): Promise<void> {
  const { services } = read<DesiredServices>("services.json");
  try {
    await run(services.filter((service) => service.name !== name));
    await work();
  } finally {
    await run(services);
    await eventually(() => readState().processes.some((process) => process.name === name && process.ready), {
      withinMs: 60_000,
      what: `${name} ready again`,
    });
  }
}

/** Runs `work` while the service hangs: its port accepts, and nobody answers. */
export async function whileHanging(name: string, work: () => Promise<void>): Promise<void> {
  const pid = readState().processes.find((process) => process.name === name)?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, "SIGSTOP");
  try {
    await work();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

async function run(services: DesiredServices["services"]): Promise<void> {
  const desired: DesiredServices = { revision: randomUUID(), services };
  const file = join(flowStack().home, "run", "services.json");
  // It holds keys and passwords.
  writeFileSync(`${file}.test`, JSON.stringify(desired), { mode: 0o600 });
  renameSync(`${file}.test`, file);
  process.kill(readState().supervisor.pid, "SIGHUP");
  await eventually(() => readState().servicesRevision === desired.revision, {
    withinMs: 40_000,
    what: "the supervisor's services",
  });
}
