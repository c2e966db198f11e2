/** What orders does by the clock, each job on one instance at a time. */
import { cleanIdempotencyKeys } from "#platform/http/idempotency.ts";
import type { Backbone } from "#platform/lifecycle/backbone.ts";
import type { Logger } from "#platform/logging/logger.ts";
import { createLease } from "#platform/outbox/lease.ts";
import type { ChangeDeps } from "./change-order.ts";
import { completeUnconfirmedOrders } from "./complete-unconfirmed-orders.ts";
import { destroyKeysOfGone } from "./shopper-store.ts";

export interface JobsDeps extends ChangeDeps, Pick<Backbone, "hasRoom"> {
  readonly log: Logger;
  readonly instanceId: string;
  readonly autoReceiptMs: number;
  readonly piiRetentionMs: number;
  readonly idempotencyKeptMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Starts all jobs; `stop` waits for those that run. */
export function startJobs(deps: JobsDeps): { stop(): Promise<void> } {
  const { db, autoReceiptMs, piiRetentionMs, idempotencyKeptMs } = deps;
  // A short time limit, as tests set it, is looked at as often as it needs.
  const receiptEveryMs = Math.min(MINUTE_MS, Math.max(1_000, autoReceiptMs / 10));
  const jobs = [
    startJob(deps, { name: "receipt", everyMs: receiptEveryMs }, (mayGoOn) =>
      completeUnconfirmedOrders({ ...deps, mayGoOn }),
    ),
    startJob(deps, { name: "idempotency-cleaner", everyMs: HOUR_MS }, () =>
      cleanIdempotencyKeys(db, idempotencyKeptMs),
    ),
    startJob(deps, { name: "key-destroyer", everyMs: HOUR_MS }, () => destroyKeysOfGone(db, piiRetentionMs)),
  ];
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}

function startJob(
  { db, log, instanceId }: JobsDeps,
  { name, everyMs }: { name: string; everyMs: number },
  work: (mayGoOn: () => Promise<boolean>) => Promise<number>,
): { stop(): Promise<void> } {
  const lease = createLease(db, name, instanceId);
  let stopping = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    try {
      if (!(await lease.held())) return;
      const done = await work(async () => !stopping && (await lease.held()));
      if (done > 0) log.info({ job: name, done }, "job done");
    } catch (error) {
      log.warn({ err: error, job: name }, "job broken off, the next run goes on");
    } finally {
      running = undefined;
    }
  }

  const timer = setInterval(() => {
    running ??= run();
  }, everyMs);
  return {
    async stop() {
      stopping = true;
      clearInterval(timer);
      await running;
      await lease
        .release()
        .catch((error: unknown) => log.debug({ err: error }, "lease not released, it ends by itself"));
    },
  };
}
