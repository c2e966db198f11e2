import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";

/** Asks the processes to end, waits up to `deadlineMs`, then kills what is left. Resolves when none of them is alive. */
export async function endProcesses(processes: ProcessIdentity[], deadlineMs: number): Promise<void> {
  for (const identity of processes) signalProcess(identity, "SIGTERM");
  if (await allGone(processes, deadlineMs)) return;
  for (const identity of processes) signalProcess(identity, "SIGKILL");
  // A killed process can hang in the kernel only for as long as its disk does; 10 s says that something else is wrong.
  if (!(await allGone(processes, 10_000))) throw new Error(`could not end process ${listAlive(processes)}`);
}

async function allGone(processes: ProcessIdentity[], deadlineMs: number): Promise<boolean> {
  const until = Date.now() + deadlineMs;
  while (processes.some(isAlive)) {
    if (Date.now() >= until) return false;
    await sleep(25);
  }
  return true;
}

function listAlive(processes: ProcessIdentity[]): string {
  return processes
    .filter(isAlive)
    .map((identity) => identity.pid)
    .join(", ");
}
