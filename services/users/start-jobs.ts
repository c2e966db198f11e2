/** What users does by the clock, each job on one instance at a time. */
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { startJob } from "#platform/lifecycle/start-job.ts";
import type { Logger } from "#platform/logging/logger.ts";
import { createLease } from "#platform/outbox/lease.ts";
import type { AccessListCopy } from "./access-lists/access-list-copy.ts";

export interface JobsDeps extends Pick<Backbone, "db"> {
  readonly log: Logger;
  readonly instanceId: string;
  readonly accessListCopy: AccessListCopy;
}

interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** Returns how much it did. */
  work(mayGoOn: () => Promise<boolean>): Promise<number>;
}

// A flushed Redis is without access lists for this long at most.
const COPY_EVERY_MS = 10_000;

/** Starts all jobs; `stop` waits for those that run. */
export function startJobs(deps: JobsDeps): { stop(): Promise<void> } {
  const jobs: Job[] = [
    { name: "access lists", everyMs: COPY_EVERY_MS, work: () => deps.accessListCopy.publish().then(() => 0) },
  ];
  const stops = jobs.map((job) => startUnderLease(deps, job));
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function startUnderLease({ db, log, instanceId }: JobsDeps, { name, everyMs, work }: Job): () => Promise<void> {
  const lease = createLease(db, name, instanceId);
  let stopping = false;
  const mayGoOn = async (): Promise<boolean> => !stopping && (await lease.held());

  async function run(): Promise<void> {
    const done = (await mayGoOn()) ? await work(mayGoOn) : 0;
    if (done > 0) log.info({ job: name, done }, "job done");
  }

  const job = startJob({ name, everyMs, log, run });
  return async () => {
    stopping = true;
    await job.stop();
    await lease.release().catch((error: unknown) => log.debug({ err: error }, "lease not released, it ends by itself"));
  };
}
