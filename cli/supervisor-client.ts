import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endProcesses } from "#platform/stack/processes/end-processes.ts";
import { findByEnvironment, signalProcess } from "#platform/stack/processes/process-identity.ts";
import { type CliConfig, environmentOf } from "./config.ts";
import { homeMark } from "./open-stack.ts";
import {
  type DesiredServices,
  isSupervisorAlive,
  livingChildren,
  readState,
  removeDesiredServices,
  removeState,
  type SupervisorState,
  writeDesiredServices,
} from "./supervisor-state.ts";

/** A supervisor needs at most 26 s for the services and 60 s for the servers; past that something is stuck. */
const supervisorStopDeadlineMs = 100_000;

/** Starts the supervisor if none runs. What a killed one has left behind is stopped first. */
export async function ensureSupervisor(config: CliConfig): Promise<"started" | "was running"> {
  if (isSupervisorAlive(readState(config.home))) return "was running";
  await stopLeftovers(config.home);
  const logs = join(config.home, "logs");
  mkdirSync(logs, { recursive: true });
  const log = openSync(join(logs, "supervisor.log"), "a", 0o600);
  const child = spawn(process.execPath, [join(config.root, "cli", "supervisor.ts")], {
    cwd: config.root,
    // Marked like its children, so that a stop in the first moments, before it has written its state, finds it too.
    env: { ...environmentOf(config), [homeMark]: config.home },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  child.unref();
  await waitForState(config.home, (state) => state.supervisor.pid === child.pid, 15_000);
  return "started";
}

/** Polls until the supervisor's state satisfies `isReached`. Throws when it failed, died or took longer than `deadlineMs`. */
export async function waitForState(
  home: string,
  isReached: (state: SupervisorState) => boolean,
  deadlineMs: number,
): Promise<SupervisorState> {
  const until = Date.now() + deadlineMs;
  let seen: SupervisorState | undefined;
  for (;;) {
    const state = readState(home);
    if (state?.phase === "failed") throw new Error(state.error ?? "the supervisor failed");
    if (state !== undefined && isReached(state)) return state;
    if (seen !== undefined && !isSupervisorAlive(state)) throw new Error(`the supervisor ended; see ${logOf(home)}`);
    if (isSupervisorAlive(state)) seen = state;
    if (Date.now() >= until) throw new Error(`nothing ready after ${deadlineMs / 1000} s; see ${logOf(home)}`);
    await sleep(25);
  }
}

/** Hands the supervisor the services that shall run and waits until it has started them (not until they are ready). */
export async function applyServices(home: string, desired: DesiredServices): Promise<void> {
  writeDesiredServices(home, desired);
  const state = readState(home);
  if (!isSupervisorAlive(state)) throw new Error("no supervisor is running");
  signalProcess(state.supervisor, "SIGHUP");
  await waitForState(home, ({ servicesRevision }) => servicesRevision === desired.revision, 60_000);
}

/** Stops everything of this home, whether its supervisor lives or not. Returns whether there was anything to stop. */
export async function stopSupervisor(home: string): Promise<boolean> {
  const state = readState(home);
  const wasAlive = isSupervisorAlive(state);
  if (wasAlive) await endProcesses([state.supervisor], supervisorStopDeadlineMs);
  return (await stopLeftovers(home)) || wasAlive;
}

async function stopLeftovers(home: string): Promise<boolean> {
  const state = readState(home);
  const noted = state === undefined ? [] : livingChildren(state);
  const marked = findByEnvironment(homeMark, home);
  const leftovers = [...noted, ...marked];
  await endProcesses(leftovers, 60_000);
  removeDesiredServices(home);
  removeState(home);
  return leftovers.length > 0;
}

function logOf(home: string): string {
  return join(home, "logs", "supervisor.log");
}
