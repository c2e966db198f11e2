/** Jobs by the clock, each on one instance at a time: whoever holds the job's lease does it. */
import type { Knex } from "knex";
import type { Logger } from "../logging/logger.ts";
import { createLease } from "../outbox/lease.ts";
import { startJob } from "./start-job.ts";

export interface LeasedJob {
  /** Also the name of its lease. */
  readonly name: string;
  readonly everyMs: number;
  /** True for a first run at once instead of after `everyMs`. */
  readonly atOnce?: boolean;
  /** Returns how much it did; asks between its steps whether it may go on. */
  work(mayGoOn: () => Promise<boolean>): Promise<number>;
}

interface Instance {
  readonly db: Knex;
  readonly log: Logger;
  readonly instanceId: string;
}

/** Starts all jobs; `stop` waits for those that run and gives their leases back. */
export function startLeasedJobs(instance: Instance, jobs: readonly LeasedJob[]): { stop(): Promise<void> } {
  const stops = jobs.map((job) => startUnderLease(instance, job));
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function startUnderLease(
  { db, log, instanceId }: Instance,
  { name, everyMs, atOnce, work }: LeasedJob,
): () => Promise<void> {
  const lease = createLease(db, name, instanceId);
  let stopping = false;
  const mayGoOn = async (): Promise<boolean> => !stopping && (await lease.held());

  async function run(): Promise<void> {
    const done = (await mayGoOn()) ? await work(mayGoOn) : 0;
    if (done > 0) log.info({ job: name, done }, "job done");
  }

  const job = startJob({ name, everyMs, log, run });
  if (atOnce) job.poke();
  return async () => {
    stopping = true;
    await job.stop();
    await lease.release().catch((error: unknown) => log.debug({ err: error }, "lease not released, it ends by itself"));
  };
}
