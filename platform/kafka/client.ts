/**
 * The one door to kafkajs 2.2.4, which is frozen code: what it gets wrong is mended or fenced off here and in the files
 * beside this one, and nothing else imports it.
 */
import { createRequire } from "node:module";
import { Kafka, logLevel } from "kafkajs";
import type { Logger } from "../logging/logger.ts";

/** What producers, consumers and admin clients are made of; the name under which the rest of platform knows kafkajs. */
export type KafkaClient = Kafka;

export interface KafkaConfig {
  readonly brokers: readonly string[];
  /** The instance slot, such as `users-1`: a restarted process recognises its dead predecessor by it. */
  readonly clientId: string;
}

interface RequestQueue {
  readonly pending: unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

let timerOverrideInstalled = false;

/**
 * kafkajs re-arms a zero-delay timer for each connection for ever: 890 wakes and 30 ms of CPU per second and idle
 * connection, and a TimeoutNegativeWarning on Node 24. Once nothing is pending and no throttle is active there is nothing
 * to schedule: sends and answers check the queue themselves.
 */
export function installTimerOverride(): void {
  if (timerOverrideInstalled) return;
  const load = createRequire(import.meta.url);
  const queueClass = load("kafkajs/src/network/requestQueue") as { prototype: RequestQueue };
  const original = queueClass.prototype.scheduleCheckPendingRequests;
  queueClass.prototype.scheduleCheckPendingRequests = function scheduleWhenNeeded(this: RequestQueue): void {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    original.call(this);
  };
  timerOverrideInstalled = true;
}

/** Opens no connection yet; every producer, consumer and admin made from it has its own. */
export function createKafka(config: KafkaConfig, log: Logger): Kafka {
  installTimerOverride();
  return new Kafka({
    clientId: config.clientId,
    brokers: [...config.brokers],
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    // The loops around the client retry for ever; its own retries only bridge a leader move.
    retry: { initialRetryTime: 50, retries: 3, maxRetryTime: 1_000 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, log: entry }) => {
        const { message, error, broker, groupId, topic, partition } = entry;
        const fields = { kafka: { broker, groupId, topic, partition, error } };
        // The client calls a broken connection an error; for the shop it is a state that its loops handle.
        if (level <= logLevel.ERROR) log.warn(fields, `kafkajs: ${message}`);
        else log.debug(fields, `kafkajs: ${message}`);
      },
  });
}
