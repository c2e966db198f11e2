import { join } from "node:path";
import { httpAnswers } from "#platform/stack/native/probes.ts";
import { identify } from "#platform/stack/processes/process-identity.ts";
import { type ProcessSpec, SupervisedProcess } from "#platform/stack/processes/supervised-process.ts";
import type { Stack, StackEndpoints } from "#platform/stack/stack.ts";
import type { CliConfig } from "./config.ts";
import { homeMark, openStack } from "./open-stack.ts";
import type { Secrets } from "./secrets.ts";
import {
  type DesiredService,
  readDesiredServices,
  removeDesiredServices,
  removeState,
  type SupervisorState,
  writeState,
} from "./supervisor-state.ts";

export interface Supervisor {
  /** Makes the running services those of the services file. */
  reload: () => void;
  stop: () => void;
  /** Resolves with the exit code when everything has ended. */
  ended: Promise<number>;
}

// The services promise to be gone within 25 s of SIGTERM; one more second lets their own deadline speak first.
const serviceStopDeadlineMs = 26_000;

interface Running {
  desired: DesiredService;
  process: SupervisedProcess;
}

/** Starts the infrastructure, then keeps it and the desired services running until `stop`. Writes what it does into the state file. */
export function supervise(config: CliConfig, secrets: Secrets): Supervisor {
  const services = new Map<string, Running>();
  let phase: SupervisorState["phase"] = "starting";
  let endpoints: StackEndpoints | undefined;
  let error: string | undefined;
  let servicesRevision: string | undefined;
  const self = identify(process.pid);
  if (self === undefined) throw new Error("cannot read /proc");
  const stack: Stack = openStack(config, secrets.passwords, publish);
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  // Starts, reloads and the stop follow one another: a reload in the middle of a stop would start what was just stopped.
  let work: Promise<void> = Promise.resolve();
  const enqueue = (task: () => Promise<void>): void => {
    work = work.then(task).catch(fail);
  };

  function publish(): void {
    const infrastructure = stack.processes().map((status) => ({ kind: "infrastructure" as const, ...status }));
    const own = [...services.values()].map(({ process }) => ({ kind: "service" as const, ...process.status() }));
    const processes = [...infrastructure, ...own];
    if (self) writeState(config.home, { supervisor: self, phase, error, endpoints, servicesRevision, processes });
  }

  async function stopProcesses(): Promise<void> {
    await Promise.all([...services.values()].map(({ process }) => process.stop()));
    services.clear();
    await stack.stop();
  }

  async function fail(cause: unknown): Promise<void> {
    console.error(cause);
    // A start that was cut short by the stop is no failure.
    if (phase === "stopping") return;
    await stopProcesses();
    phase = "failed";
    error = cause instanceof Error ? cause.message : String(cause);
    publish();
    end(1);
  }

  async function startInfrastructure(): Promise<void> {
    publish();
    endpoints = await stack.start((line) => console.log(line));
    phase = "running";
    publish();
  }

  async function applyServices(): Promise<void> {
    const desired = readDesiredServices(config.home);
    if (desired === undefined || phase !== "running") return;
    const obsolete = [...services.values()].filter((running) => !desired.services.some(isSameAs(running.desired)));
    await Promise.all(obsolete.map(({ process }) => process.stop()));
    for (const { desired: gone } of obsolete) services.delete(gone.name);
    for (const service of desired.services.filter(({ name }) => !services.has(name))) {
      const started = new SupervisedProcess(serviceSpec(config, service), publish);
      services.set(service.name, { desired: service, process: started });
      started.start();
    }
    servicesRevision = desired.revision;
    publish();
  }

  async function stopAll(): Promise<void> {
    await stopProcesses();
    removeDesiredServices(config.home);
    removeState(config.home);
    end(0);
  }

  enqueue(startInfrastructure);
  return {
    reload: () => enqueue(applyServices),
    stop: () => {
      if (phase === "stopping") return;
      // A start in progress is cut short; waiting for a server that cannot start would make `down` take a minute.
      if (phase === "starting") void stack.stop();
      phase = "stopping";
      publish();
      work = work.then(stopAll, stopAll);
    },
    ended,
  };
}

function serviceSpec(config: CliConfig, service: DesiredService): ProcessSpec {
  return {
    ...service,
    environment: { ...service.environment, [homeMark]: config.home },
    cwd: config.root,
    logFile: join(config.home, "logs", `${service.name}.log`),
    probe: () => httpAnswers(`http://127.0.0.1:${service.port}/health/ready`),
    stopDeadlineMs: serviceStopDeadlineMs,
  };
}

function isSameAs(one: DesiredService): (other: DesiredService) => boolean {
  const text = JSON.stringify(one);
  return (other) => JSON.stringify(other) === text;
}
