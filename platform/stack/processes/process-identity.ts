import { readdirSync, readFileSync } from "node:fs";

/**
 * A process named so that no other can be taken for it: process ids are reused, a pair of id and start time is not.
 * Linux only, as it reads /proc.
 */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot at which the process started. */
  startTicks: number;
  bootId: string;
}

/** Undefined when there is no such process, or only its corpse, or when /proc cannot be read. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  const bootId = readProc("/proc/sys/kernel/random/boot_id")?.trim();
  if (stat === undefined || bootId === undefined) return undefined;
  // The command name is in parentheses and may itself contain blanks and parentheses, so fields are counted from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return { pid, startTicks: Number(fields[19]), bootId };
}

export function isAlive(identity: ProcessIdentity): boolean {
  const current = identify(identity.pid);
  return current?.startTicks === identity.startTicks && current.bootId === identity.bootId;
}

/** Sends the signal only if the process is still the one that was identified. Returns whether it was sent. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Processes whose environment carries `NAME=value`: finds children whose parent died before it could note them down. */
export function findByEnvironment(name: string, value: string): ProcessIdentity[] {
  const wanted = `${name}=${value}`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => readProc(`/proc/${entry}/environ`)?.split("\0").includes(wanted))
    .map((entry) => identify(Number(entry)))
    .filter((identity) => identity !== undefined);
}

/** Resident memory in bytes; undefined when the process is gone. */
export function residentBytes(pid: number): number | undefined {
  const kilobytes = readProc(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB/m)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended between listing and reading, or belongs to someone else: either way it is none of ours.
    return undefined;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}
