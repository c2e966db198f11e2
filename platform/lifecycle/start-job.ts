/** Work of this process that is done again and again, never beside itself. A failure is logged; the next turn goes on. */
import type { Logger } from "../logging/logger.ts";

export interface Job {
  /** Runs it at once, or once more right after the run that is on. */
  poke(): void;
  /** Waits for the run that is on. */
  stop(): Promise<void>;
}

export function startJob(options: { name: string; everyMs: number; log: Logger; run(): Promise<unknown> }): Job {
  const { name, everyMs, log, run } = options;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  async function turn(): Promise<void> {
    do {
      again = false;
      await run().catch((error: unknown) => log.warn({ err: error, job: name }, "job failed, the next turn goes on"));
    } while (again && !stopped);
    running = undefined;
  }

  function poke(): void {
    if (stopped) return;
    if (running === undefined) running = turn();
    else again = true;
  }

  const timer = setInterval(() => {
    if (running === undefined) poke();
  }, everyMs);
  return {
    poke,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
