/** What users does by the clock, each job on one instance at a time. */
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { startJob } from "#platform/lifecycle/start-job.ts";
import type { Logger } from "#platform/logging/logger.ts";
import { createLease } from "#platform/outbox/lease.ts";
import type { AccessListCopy } from "./access-lists/access-list-copy.ts";
import type { TellDeps } from "./addresses/tell-addresses-again.ts";
import { reindexContacts, retellAddresses, rewrapDataKeys } from "./key-rotation/rotate-keys.ts";

export interface JobsDeps extends TellDeps, Pick<Backbone, "hasRoom" | "poke"> {
  readonly log: Logger;
  readonly instanceId: string;
  readonly accessListCopy: AccessListCopy;
  /** Whether an index key is being replaced. */
  readonly reindexes: boolean;
}

interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** Returns how much it did. */
  work(mayGoOn: () => Promise<boolean>): Promise<number>;
}

// A flushed Redis is without access lists for this long at most.
const COPY_EVERY_MS = 10_000;
// Keys change with the configuration, so with a start; again each hour for what an instance with the older one wrote.
const ROTATE_EVERY_MS = 3_600_000;

/** Starts all jobs; `stop` waits for those that run. */
export function startJobs(deps: JobsDeps): { stop(): Promise<void> } {
  const jobs: Job[] = [
    { name: "access lists", everyMs: COPY_EVERY_MS, work: () => deps.accessListCopy.publish().then(() => 0) },
    { name: "key rotation", everyMs: ROTATE_EVERY_MS, work: (mayGoOn) => rotateKeys({ ...deps, mayGoOn }) },
  ];
  const stops = jobs.map((job) => startUnderLease(deps, job));
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

async function rotateKeys(deps: JobsDeps & { mayGoOn(): Promise<boolean> }): Promise<number> {
  const rewrapped = await rewrapDataKeys(deps);
  const reindexed = deps.reindexes ? await reindexContacts(deps) : 0;
  return rewrapped + reindexed + (await retellAddresses(deps));
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
  job.poke();
  return async () => {
    stopping = true;
    await job.stop();
    await lease.release().catch((error: unknown) => log.debug({ err: error }, "lease not released, it ends by itself"));
  };
}
