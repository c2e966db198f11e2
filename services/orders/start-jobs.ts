/** What orders does by the clock, each job on one instance at a time. */
import { cleanIdempotencyKeys } from "#platform/http/idempotency.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import { type LeasedJob, startLeasedJobs } from "#platform/lifecycle/start-leased-jobs.ts";
import type { Logger } from "#platform/logging/logger.ts";
import type { AddressVault } from "./address-vault.ts";
import type { ChangeDeps } from "./change-order.ts";
import { completeUnconfirmedOrders } from "./complete-unconfirmed-orders.ts";
import { rewrapKeys } from "./rewrap-keys.ts";
import { destroyKeysOfGone } from "./shopper-store.ts";

export interface JobsDeps extends ChangeDeps, Pick<Backbone, "hasRoom"> {
  readonly log: Logger;
  readonly instanceId: string;
  readonly vault: AddressVault;
  readonly autoReceiptMs: number;
  readonly piiRetentionMs: number;
  readonly idempotencyKeptMs: number;
}

const HOUR_MS = 3_600_000;

/** Starts all jobs; `stop` waits for those that run. */
export function startJobs(deps: JobsDeps): { stop(): Promise<void> } {
  const { db, autoReceiptMs } = deps;
  // A short time limit, as tests set it, is looked at as often as it needs.
  const receiptEveryMs = Math.min(60_000, Math.max(1_000, autoReceiptMs / 10));
  const jobs: LeasedJob[] = [
    {
      name: "receipt",
      everyMs: receiptEveryMs,
      work: (mayGoOn) => completeUnconfirmedOrders({ ...deps, mayGoOn }),
    },
    { name: "key cleaner", everyMs: HOUR_MS, work: () => cleanIdempotencyKeys(db, deps.idempotencyKeptMs) },
    { name: "key destroyer", everyMs: HOUR_MS, work: () => destroyKeysOfGone(db, deps.piiRetentionMs) },
    // Keys change with a restart. Every hour too: an instance that still runs with the old ones may have wrapped another.
    { name: "key rotation", everyMs: HOUR_MS, atOnce: true, work: (mayGoOn) => rewrapKeys({ ...deps, mayGoOn }) },
  ];
  return startLeasedJobs(deps, jobs);
}
