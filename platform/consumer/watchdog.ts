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

// Three fetch waits of 100 ms, and a rebalance (15 s at the most), during which nothing is fetched.
const SILENCE_MS = 15_300;
const CHECK_EVERY_MS = 5_000;

export function createWatchdog(options: { kafka: KafkaClient; onStuck: () => void }): Watchdog {
  let lastFetch = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let checking = false;

  async function check(): Promise<void> {
    if (checking || performance.now() - lastFetch < SILENCE_MS) return;
    checking = true;
    try {
      await withAdmin(options.kafka, (admin) => admin.describeCluster());
      if (performance.now() - lastFetch >= SILENCE_MS && timer) options.onStuck();
    } catch {
      lastFetch = performance.now(); // Kafka is away: the silence is not the consumer's, its patience starts anew
    } finally {
      checking = false;
    }
  }

  return {
    alive() {
      lastFetch = performance.now();
    },
    start() {
      lastFetch = performance.now();
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
