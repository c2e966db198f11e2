/**
 * kafkajs can stop consuming without ending: no fetch, no error, no crash event. Then the process should end and be
 * started again, but only if Kafka itself answers: with Kafka away, waiting is right and HTTP stays up.
 */
import { withAdmin } from "../kafka/admin.ts";
import type { KafkaClient } from "../kafka/client.ts";

export interface Watchdog {
  /** A fetch has ended. */
  alive(): void;
  start(): void;
  stop(): void;
}

// Three fetch waits, and a rebalance (15 s at the most), during which nothing is fetched.
const SILENCE_MS = 16_200;
const CHECK_EVERY_MS = 5_000;

export function createWatchdog(options: { kafka: KafkaClient; onStuck: () => void }): Watchdog {
  let silentSince = performance.now();
  let answeringSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let checking = false;

  async function check(): Promise<void> {
    if (checking || performance.now() - silentSince < CHECK_EVERY_MS) return;
    checking = true;
    const answers = await withAdmin(options.kafka, (admin) => admin.describeCluster()).then(
      () => true,
      () => false,
    );
    checking = false;
    if (!answers) answeringSince = undefined;
    else answeringSince ??= performance.now();
    // Counted from when Kafka answers: after an outage the consumer needs its time to come back, too.
    const patience = answeringSince === undefined ? 0 : performance.now() - Math.max(answeringSince, silentSince);
    if (patience >= SILENCE_MS && timer) options.onStuck();
  }

  return {
    alive() {
      silentSince = performance.now();
    },
    start() {
      silentSince = performance.now();
      answeringSince = undefined;
      clearInterval(timer);
      timer = setInterval(() => void check(), CHECK_EVERY_MS);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
