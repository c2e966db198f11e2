/** What users does by the clock, each job on one instance at a time. */
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { type LeasedJob, startLeasedJobs } from "#platform/lifecycle/start-leased-jobs.ts";
import type { Logger } from "#platform/logging/logger.ts";
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

// A flushed Redis is without access lists for this long at most.
const COPY_EVERY_MS = 10_000;
// Keys change with the configuration, so with a start; again each hour for what an instance with the older one wrote.
const ROTATE_EVERY_MS = 3_600_000;

/** Starts all jobs; `stop` waits for those that run. */
export function startJobs(deps: JobsDeps): { stop(): Promise<void> } {
  const jobs: LeasedJob[] = [
    {
      name: "access lists",
      everyMs: COPY_EVERY_MS,
      atOnce: true,
      work: () => deps.accessListCopy.publish().then(() => 0),
    },
    {
      name: "key rotation",
      everyMs: ROTATE_EVERY_MS,
      atOnce: true,
      work: (mayGoOn) => rotateKeys({ ...deps, mayGoOn }),
    },
  ];
  return startLeasedJobs(deps, jobs);
}

async function rotateKeys(deps: JobsDeps & { mayGoOn(): Promise<boolean> }): Promise<number> {
  const rewrapped = await rewrapDataKeys(deps);
  const reindexed = deps.reindexes ? await reindexContacts(deps) : 0;
  return rewrapped + reindexed + (await retellAddresses(deps));
}
