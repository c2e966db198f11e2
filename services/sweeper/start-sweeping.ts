/** When sweeps happen: by the clock, and once soon after the start, so that a missed tick is caught up. */
import { schedule } from "node-cron";
import type { Logger } from "#platform/logging/logger.ts";

export interface SweepSchedule {
  readonly cron: string;
  readonly log: Logger;
  /** `sweepMs`: time between two ticks. */
  sweep(sweepMs: number): Promise<number>;
}

const FIRST_SWEEP_AFTER_MS = 1_000;
const DEFAULT_SWEEP_MS = 300_000;

/** Throws when the expression is not one. `stop` waits for the sweep that is running. */
export function startSweeping({ cron, log, sweep }: SweepSchedule): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;

  function tick(): Promise<void> {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function run(): Promise<void> {
    const [next, afterNext] = task.getNextRuns(2);
    const sweepMs = next && afterNext ? afterNext.getTime() - next.getTime() : DEFAULT_SWEEP_MS;
    try {
      const suggested = await sweep(sweepMs);
      if (suggested > 0) log.info({ suggested }, "overdue orders suggested for cancellation");
    } catch (error) {
      log.warn({ err: error }, "sweep broken off, the next tick goes on");
    }
  }

  const task = schedule(cron, tick, { noOverlap: true, timezone: "UTC" });
  const first = setTimeout(() => void tick(), FIRST_SWEEP_AFTER_MS);
  return {
    async stop() {
      clearTimeout(first);
      await task.destroy();
      await running;
    },
  };
}
