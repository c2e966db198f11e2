import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive, type ProcessIdentity } from "#platform/stack/processes/process-identity.ts";
import type { StackEndpoints, StackProcess } from "#platform/stack/stack.ts";
import { writeFileAtomically } from "./write-file-atomically.ts";

export interface SupervisorState {
  supervisor: ProcessIdentity;
  phase: "starting" | "running" | "stopping" | "failed";
  /** Why it failed, for a person. */
  error: string | undefined;
  endpoints: StackEndpoints | undefined;
  /** Revision of the services file that was last carried out. */
  servicesRevision: string | undefined;
  processes: (StackProcess & { kind: "infrastructure" | "service" })[];
}

export interface DesiredService {
  name: string;
  port: number;
  command: string;
  args: string[];
  environment: Record<string, string>;
}

/** What the command line wants to run; the supervisor makes it so when it gets SIGHUP. */
export interface DesiredServices {
  revision: string;
  services: DesiredService[];
}

export function readState(home: string): SupervisorState | undefined {
  return readJson<SupervisorState>(stateFile(home));
}

export function writeState(home: string, state: SupervisorState): void {
  writeFileAtomically(stateFile(home), `${JSON.stringify(state, null, 2)}\n`);
}

export function removeState(home: string): void {
  rmSync(stateFile(home), { force: true });
}

export function readDesiredServices(home: string): DesiredServices | undefined {
  return readJson<DesiredServices>(servicesFile(home));
}

/** Holds keys and passwords of the services, so only its owner may read it. */
export function writeDesiredServices(home: string, desired: DesiredServices): void {
  writeFileAtomically(servicesFile(home), JSON.stringify(desired));
}

export function removeDesiredServices(home: string): void {
  rmSync(servicesFile(home), { force: true });
}

export function isSupervisorAlive(state: SupervisorState | undefined): state is SupervisorState {
  return state !== undefined && isAlive(state.supervisor);
}

/** The processes the state speaks of that still are what they were when it was written. */
export function livingChildren(state: SupervisorState): ProcessIdentity[] {
  return state.processes
    .flatMap(({ pid, startTicks }) =>
      pid === undefined || startTicks === undefined ? [] : { pid, startTicks, bootId: state.supervisor.bootId },
    )
    .filter(isAlive);
}

function stateFile(home: string): string {
  return join(home, "run", "state.json");
}

function servicesFile(home: string): string {
  return join(home, "run", "services.json");
}

function readJson<T>(file: string): T | undefined {
  try {
    // Both files are written whole and only by this program.
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
