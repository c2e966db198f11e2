/** When a compacted topic is looked through: soon after a start, when another relay has taken over, and once an hour. */
import { setTimeout as delay } from "node:timers/promises";
import { rows } from "../database/database.ts";
import { type Job, startJob } from "../lifecycle/start-job.ts";
import type { Logger } from "../logging/logger.ts";
import { repairCompactedTopic, type RepairParts } from "./repair-compacted-topic.ts";

const LOOK_EVERY_MS = 10_000;
const HOURLY_MS = 3_600_000;
const STOP_WITHIN_MS = 2_000;

/** A run that fails, or meets another instance's, is made up for at the next look. The first one comes with the first look. */
export function keepCompactedTopic(
  parts: RepairParts & {
    readonly log: Logger;
    readonly onRepaired?: (count: number) => void;
    readonly lookEveryMs?: number;
  },
): Pick<Job, "stop"> {
  const { db, owner, log, lookEveryMs = LOOK_EVERY_MS } = parts;
  let lastRelay: string | undefined;
  let dueAt = -Infinity;
  let stopped = false;
  const lease = { ...parts.lease, held: async () => !stopped && (await parts.lease.held()) };

  async function look(): Promise<void> {
    const [relay] = await rows<{ owner: string }>(db, "SELECT owner FROM lease WHERE name = 'relay'");
    if (relay?.owner === lastRelay && performance.now() < dueAt) return;
    const outcome = await repairCompactedTopic({ ...parts, lease });
    if (outcome === undefined) return;
    await lease.release();
    lastRelay = relay?.owner;
    dueAt = performance.now() + HOURLY_MS;
    if (outcome.repaired === 0) return;
    parts.onRepaired?.(outcome.repaired);
    log.warn({ topic: owner.topic.name, ...outcome }, "outbox: stale last records of a compacted topic, told again");
  }

  const job = startJob({ name: `repair of ${owner.topic.name}`, everyMs: lookEveryMs, log, run: look });
  return {
    async stop() {
      stopped = true;
      // A reading that waits for Kafka is not waited for: it has changed nothing.
      await Promise.race([job.stop(), delay(STOP_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}
