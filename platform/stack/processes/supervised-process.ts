import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { StackProcess } from "../stack.ts";
import { identify } from "./process-identity.ts";
import { failuresAfterDeath, restartDelayMs } from "./restart-delay.ts";

export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  cwd: string;
  /** The whole environment: nothing is inherited. */
  environment: Record<string, string>;
  port: number;
  logFile: string;
  /** Resolves true when the process does its work; called again and again until it does. */
  probe: () => Promise<boolean>;
  /** Between SIGTERM and SIGKILL. */
  stopDeadlineMs: number;
  /** After each death, before the next start; `cleanly` when it had been asked to end and was not killed. */
  afterExit?: (cleanly: boolean) => void;
}

const logRotateBytes = 50 * 1024 * 1024;
const probeEveryMs = 40;
const unreadyStopDeadlineMs = 3_000;

/** Keeps one process running until `stop`. Its output goes straight to its log file, so it costs the supervisor nothing. */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #onChange: () => void;
  #child: ChildProcess | undefined;
  #startTicks: number | undefined;
  #startedAt = 0;
  #failures = 0;
  #restarts = 0;
  #ready = false;
  #stopping = false;
  #restartTimer: NodeJS.Timeout | undefined;
  #lastExit: string | undefined;
  #stopped: Promise<void> | undefined;

  constructor(spec: ProcessSpec, onChange: () => void) {
    this.spec = spec;
    this.#onChange = onChange;
  }

  /** Never throws: a start that fails for want of disk, memory or file descriptors is followed by the next one, as after a death. */
  start(): void {
    this.#startedAt = Date.now();
    try {
      this.#watch(spawnLogged(this.spec));
    } catch (error) {
      this.#lastExit = error instanceof Error ? error.message : String(error);
      this.#scheduleRestart();
    }
    this.#onChange();
  }

  /** Resolves when the process is ready; throws after `deadlineMs`, or when it died `patience` times in a row without ever getting ready. */
  async whenReady(deadlineMs: number, patience = 6): Promise<void> {
    const until = Date.now() + deadlineMs;
    while (!this.#ready) {
      const { name, logFile } = this.spec;
      if (this.#stopping) throw new Error(`${name} was stopped before it was ready`);
      if (this.#failures >= patience) throw new Error(`${name} does not start (${this.#lastExit}); see ${logFile}`);
      if (Date.now() >= until) throw new Error(`${name} was not ready after ${deadlineMs / 1000} s; see ${logFile}`);
      await sleep(20);
    }
  }

  /** Asked again, it waits for the same end: a second SIGTERM, or the short deadline, would disturb a server that is closing its files. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    // A JVM that is asked to end in the middle of its start may finish the start first, or hang between the two.
    const { stopDeadlineMs } = this.spec;
    const deadlineMs = this.#ready ? stopDeadlineMs : Math.min(stopDeadlineMs, unreadyStopDeadlineMs);
    this.#stopping = true;
    this.#ready = false;
    clearTimeout(this.#restartTimer);
    const child = this.#child;
    // One that could not be spawned emits no exit.
    if (child?.pid === undefined) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
    await exited;
    clearTimeout(kill);
  }

  status(): StackProcess {
    const { name, port } = this.spec;
    return {
      name,
      port,
      ready: this.#ready,
      restarts: this.#restarts,
      pid: this.#child?.pid,
      startTicks: this.#startTicks,
      lastExit: this.#lastExit,
    };
  }

  #watch(child: ChildProcess): void {
    this.#child = child;
    child.once("error", (error) => this.#died(child, error.message, false));
    child.once("exit", (code, signal) => this.#died(child, signal ?? `exit code ${code}`, signal === null));
    this.#startTicks = child.pid === undefined ? undefined : identify(child.pid)?.startTicks;
    void this.#probeUntilReady(child);
  }

  #died(child: ChildProcess, how: string, byItself: boolean): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#startTicks = undefined;
    this.#ready = false;
    this.#lastExit = how;
    this.spec.afterExit?.(this.#stopping && byItself);
    if (!this.#stopping) this.#scheduleRestart();
    this.#onChange();
  }

  #scheduleRestart(): void {
    this.#failures = failuresAfterDeath(this.#failures, Date.now() - this.#startedAt);
    this.#restartTimer = setTimeout(() => {
      this.#restarts += 1;
      this.start();
    }, restartDelayMs(this.#failures));
  }

  async #probeUntilReady(child: ChildProcess): Promise<void> {
    while (this.#child === child && !this.#stopping) {
      const answered = await this.spec.probe().catch(() => false);
      if (this.#child !== child || this.#stopping) return;
      if (answered) {
        this.#ready = true;
        this.#onChange();
        return;
      }
      await sleep(probeEveryMs);
    }
  }
}

function spawnLogged({ command, args, cwd, environment, logFile }: ProcessSpec): ChildProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  rotateLog(logFile);
  const log = openSync(logFile, "a", 0o600);
  try {
    return spawn(command, args, { cwd, env: environment, stdio: ["ignore", log, log] });
  } finally {
    closeSync(log);
  }
}

function rotateLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logRotateBytes) renameSync(file, `${file}.1`);
}
