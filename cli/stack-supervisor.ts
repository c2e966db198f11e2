import { join } from "node:path";
import { httpAnswers } from "#platform/stack/native/probes.ts";
import { identify, type ProcessIdentity } from "#platform/stack/processes/process-identity.ts";
import { type ProcessSpec, SupervisedProcess } from "#platform/stack/processes/supervised-process.ts";
import type { Stack, StackEndpoints } from "#platform/stack/stack.ts";
import type { CliConfig } from "./config.ts";
import { homeMark } from "./open-stack.ts";
import { StatePublisher } from "./state-publisher.ts";
import {
  type DesiredService,
  readDesiredServices,
  removeDesiredServices,
  removeState,
  type SupervisorState,
} from "./supervisor-state.ts";

// The services promise to be gone within 25 s of SIGTERM; one more second lets their own deadline speak first.
const serviceStopDeadlineMs = 26_000;
const reloadAgainMs = 1_000;

export interface SupervisorSurroundings {
  openStack: (onChange: () => void) => Stack;
  /** Gets what a person reading the log may want to know. */
  say: (line: string) => void;
}

/** Starts the infrastructure, then keeps it and the desired services running until `stop`. Writes what it does into the state file. */
export class StackSupervisor {
  /** Resolves with the exit code when everything has ended. */
  readonly ended: Promise<number>;
  readonly #end: (exitCode: number) => void;
  readonly #config: Pick<CliConfig, "root" | "home">;
  readonly #stack: Stack;
  readonly #say: (line: string) => void;
  readonly #self: ProcessIdentity;
  readonly #state: StatePublisher;
  readonly #services = new Map<string, { desired: DesiredService; process: SupervisedProcess }>();
  #phase: SupervisorState["phase"] = "starting";
  #endpoints: StackEndpoints | undefined;
  #error: string | undefined;
  #servicesRevision: string | undefined;
  #reloadAgain: NodeJS.Timeout | undefined;
  // Start, reloads and stop follow one another: a reload in the middle of a stop would start what was just stopped.
  #work: Promise<void>;

  constructor(config: Pick<CliConfig, "root" | "home">, surroundings: SupervisorSurroundings) {
    const self = identify(process.pid);
    if (self === undefined) throw new Error("cannot read /proc");
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#self = self;
    this.ended = promise;
    this.#end = resolve;
    this.#config = config;
    this.#say = surroundings.say;
    this.#state = new StatePublisher(config.home, () => this.#describe(), surroundings.say);
    this.#stack = surroundings.openStack(() => this.#state.publish());
    this.#state.publish();
    this.#work = this.#startInfrastructure().catch((cause: unknown) => this.#fail(cause));
  }

  /** Makes the running services those of the services file. */
  reload(): void {
    clearTimeout(this.#reloadAgain);
    this.#work = this.#work
      .then(() => this.#applyServices())
      .catch((cause: unknown) => {
        // What already runs keeps running, so this is no reason to stop the shop.
        this.#say(`cannot apply the services, trying again in a second: ${describe(cause)}`);
        if (this.#phase === "running") this.#reloadAgain = setTimeout(() => this.reload(), reloadAgainMs);
      });
  }

  stop(): void {
    if (this.#phase === "stopping") return;
    // A start in progress is cut short; waiting for a server that cannot start would make `down` take a minute.
    const cutShort = this.#phase === "starting" ? this.#stack.stop() : Promise.resolve();
    this.#phase = "stopping";
    clearTimeout(this.#reloadAgain);
    this.#state.publish();
    this.#work = Promise.allSettled([this.#work, cutShort]).then(() => this.#finish());
  }

  async #startInfrastructure(): Promise<void> {
    this.#endpoints = await this.#stack.start(this.#say);
    if (this.#phase === "starting") this.#phase = "running";
    this.#state.publish();
  }

  async #applyServices(): Promise<void> {
    const desired = readDesiredServices(this.#config.home);
    if (desired === undefined || this.#phase !== "running") return;
    const running = [...this.#services.values()];
    const obsolete = running.filter((service) => !desired.services.some(isSameAs(service.desired)));
    await Promise.all(obsolete.map(({ process }) => process.stop()));
    for (const service of obsolete) this.#services.delete(service.desired.name);
    for (const service of desired.services.filter(({ name }) => !this.#services.has(name))) this.#startService(service);
    this.#servicesRevision = desired.revision;
    this.#state.publish();
  }

  #startService(desired: DesiredService): void {
    const process = new SupervisedProcess(serviceSpec(this.#config, desired), () => this.#state.publish());
    this.#services.set(desired.name, { desired, process });
    process.start();
  }

  async #finish(): Promise<void> {
    await this.#stopProcesses();
    this.#state.close();
    removeDesiredServices(this.#config.home);
    removeState(this.#config.home);
    this.#end(0);
  }

  async #fail(cause: unknown): Promise<void> {
    this.#say(describe(cause));
    // A start that was cut short by the stop is no failure.
    if (this.#phase === "stopping") return;
    await this.#stopProcesses();
    this.#phase = "failed";
    this.#error = cause instanceof Error ? cause.message : String(cause);
    this.#state.publish();
    this.#state.close();
    this.#end(1);
  }

  async #stopProcesses(): Promise<void> {
    await Promise.all([...this.#services.values()].map(({ process }) => process.stop()));
    this.#services.clear();
    await this.#stack.stop();
  }

  #describe(): SupervisorState {
    const infrastructure = this.#stack.processes().map((status) => ({ kind: "infrastructure" as const, ...status }));
    const services = [...this.#services.values()].map(({ process }) => ({
      kind: "service" as const,
      ...process.status(),
    }));
    return {
      supervisor: this.#self,
      phase: this.#phase,
      error: this.#error,
      endpoints: this.#endpoints,
      servicesRevision: this.#servicesRevision,
      processes: [...infrastructure, ...services],
    };
  }
}

function serviceSpec(config: Pick<CliConfig, "root" | "home">, service: DesiredService): ProcessSpec {
  return {
    ...service,
    environment: { ...service.environment, [homeMark]: config.home },
    cwd: config.root,
    logFile: join(config.home, "logs", `${service.name}.log`),
    probe: () => httpAnswers(`http://127.0.0.1:${service.port}/health/ready`),
    stopDeadlineMs: serviceStopDeadlineMs,
  };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

function isSameAs(one: DesiredService): (other: DesiredService) => boolean {
  const text = JSON.stringify(one);
  return (other) => JSON.stringify(other) === text;
}
