/**
 * Start and stop of a process. Guarantees: what was started is stopped in reverse order, each part within its own limit
 * and all within 25 s; the process ends for certain (exit 1 at the deadline, at a second signal, and after any error that
 * nobody caught). It loses nothing by ending hard: everything durable is in the database.
 */
import type { Logger } from "../logging/logger.ts";

export interface Stopping {
  /** Registers how a started part is stopped; parts stop in reverse order of registration. */
  add(name: string, stop: () => Promise<unknown> | unknown, timeoutMs?: number): void;
}

export interface ServiceRun {
  readonly name: string;
  readonly log: Logger;
  start(stopping: Stopping): Promise<void>;
  /** All of stopping; 25 s when absent. */
  readonly deadlineMs?: number;
}

interface Part {
  readonly name: string;
  readonly stop: () => Promise<unknown> | unknown;
  readonly timeoutMs: number;
}

const DEADLINE_MS = 25_000;
const PART_TIMEOUT_MS = 10_000;

/** Runs a service until a signal ends it; ends the process itself and so never rejects. */
export async function runService({ name, log, start, deadlineMs = DEADLINE_MS }: ServiceRun): Promise<void> {
  const parts: Part[] = [];
  let stopping = false;

  const end = async (exitCode: number): Promise<void> => {
    stopping = true;
    setTimeout(() => {
      log.error({ deadlineMs }, "stopping took too long");
      process.exit(1);
    }, deadlineMs).unref();
    const clean = await stopParts(parts, log);
    log.info(`${name} stopped`);
    process.exit(clean ? exitCode : 1);
  };
  const onSignal = (signal: string): void => {
    if (stopping) process.exit(1);
    log.info({ signal }, `${name} stops`);
    void end(0);
  };
  let failed = false;
  const onUncaught = (error: unknown): void => {
    // The state is unknown from here on: no tidy stop, which could commit something half done.
    if (!failed) log.fatal({ err: error }, `${name} ends on an error that nobody caught`);
    failed = true;
    process.exit(1);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);

  try {
    await start({ add: (part, stop, timeoutMs = PART_TIMEOUT_MS) => void parts.push({ name: part, stop, timeoutMs }) });
    if (!stopping) log.info(`${name} started`);
  } catch (error) {
    // After a signal, parts vanish under a start that is still running; its error is a consequence.
    if (stopping) return;
    log.fatal({ err: error }, `${name} could not start`);
    await end(1);
  }
}

async function stopParts(parts: Part[], log: Logger): Promise<boolean> {
  let clean = true;
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    try {
      await within(part);
    } catch (error) {
      clean = false;
      log.error({ err: error, part: part.name }, "a part did not stop cleanly");
    }
  }
  return clean;
}

async function within({ name, stop, timeoutMs }: Part): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not stop within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([stop(), late]);
  } finally {
    clearTimeout(timer);
  }
}
