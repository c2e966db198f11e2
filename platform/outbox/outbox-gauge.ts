/**
 * How full the outbox is, once a second: for back-pressure (a writer refuses work while there is no room) and for alerts.
 * An estimate from the id range; parked or rolled-back ids make it too high, never too low.
 */
import type { Knex } from "knex";
import type { Logger } from "../logging/logger.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { measureOutbox } from "./outbox-store.ts";

export interface OutboxGauge {
  /** False while more rows wait than allowed: answer 503 OUTBOX_FULL. */
  hasRoom(): boolean;
  stop(): void;
}

const EVERY_MS = 1_000;

/** `maxRows` 0 = no limit. */
export function startOutboxGauge(options: { db: Knex; maxRows: number; metrics: Metrics; log: Logger }): OutboxGauge {
  const { db, maxRows, metrics, log } = options;
  const rowsGauge = metrics.gauge("outbox_rows", "Events waiting to be sent, estimated");
  const ageGauge = metrics.gauge("outbox_oldest_age_seconds", "Age of the oldest event waiting to be sent");
  let rows = 0;
  let measuring = false;

  async function measure(): Promise<void> {
    if (measuring) return;
    measuring = true;
    try {
      const measured = await measureOutbox(db);
      rows = measured.rows;
      rowsGauge.set(rows);
      ageGauge.set(measured.ageMs / 1_000);
    } catch (error) {
      log.debug({ err: error }, "outbox not measured"); // the database is away; whoever needs it says so
    } finally {
      measuring = false;
    }
  }

  const timer = setInterval(() => void measure(), EVERY_MS);
  timer.unref();
  return {
    hasRoom: () => maxRows === 0 || rows < maxRows,
    stop: () => clearInterval(timer),
  };
}
