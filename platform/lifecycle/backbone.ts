/**
 * What every service with tables is made of, opened in the order in which the parts need each other and closed in
 * reverse: database, outbox and relay, consumer, HTTP. A service's main.ts adds only what is its own.
 *
 * It opens without Kafka, registry and Redis, never without the database.
 */
import type { Redis } from "ioredis";
import type { Knex } from "knex";
import { createCodec } from "../avro/codec.ts";
import { readRegisteredSchemas } from "../avro/registered-schemas.ts";
import { createRegistryClient } from "../avro/registry-client.ts";
import type {
  Config,
  databaseConfig,
  kafkaConfig,
  outboxConfig,
  redisConfig,
  serviceConfig,
} from "../config/config.ts";
import type { AnyReactions } from "../consumer/reaction.ts";
import { type RunningReactions, startReactions } from "../consumer/run-reactions.ts";
import { connectDatabase, rows } from "../database/database.ts";
import { createApp, type AppOptions } from "../http/app.ts";
import type { Route } from "../http/route.ts";
import { startServer } from "../http/server.ts";
import { createKafka, type KafkaClient } from "../kafka/client.ts";
import { createProducer } from "../kafka/producer.ts";
import type { Topic } from "../kafka/topic.ts";
import type { Logger } from "../logging/logger.ts";
import { createMetrics, type Metrics } from "../metrics/metrics.ts";
import { keepCompactedTopic } from "../outbox/keep-compacted-topic.ts";
import { createLease } from "../outbox/lease.ts";
import { startOutboxGauge } from "../outbox/outbox-gauge.ts";
import { createOutbox, type Outbox } from "../outbox/outbox.ts";
import { type Relay, startRelay } from "../outbox/relay.ts";
import type { CompactedOwner } from "../outbox/repair-compacted-topic.ts";
import { openRedis } from "./open-redis.ts";
import type { Stopping } from "./run-service.ts";

export interface BackboneConfig {
  readonly service: Config<typeof serviceConfig>;
  readonly database: Config<typeof databaseConfig>;
  readonly kafka: Config<typeof kafkaConfig>;
  readonly redis: Config<typeof redisConfig>;
  readonly outbox: Config<typeof outboxConfig>;
}

export interface Backbone {
  readonly db: Knex;
  readonly redis: Redis;
  readonly outbox: Outbox;
  readonly metrics: Metrics;
  /** Call after a commit that put events into the outbox. */
  poke(): void;
  /** False while the outbox is too full to take new work. */
  hasRoom(): boolean;
  /** Starts the consumer of the service's group; `onCommit` runs after each transaction of it. */
  react(sets: readonly [AnyReactions, ...AnyReactions[]], onCommit?: () => void): void;
  /** Has the last records of a compacted topic looked through, and stale ones told again by their owner. */
  keepCompacted(owner: CompactedOwner): void;
  /** Listens. The last step of a start. */
  serve(routes: readonly Route[], extra?: Partial<AppOptions>): Promise<void>;
}

/** `emits`: the topics this service writes to, its group's dead letters included. */
export function openBackbone(options: {
  readonly name: string;
  readonly config: BackboneConfig;
  readonly emits: readonly Topic[];
  readonly log: Logger;
  readonly stopping: Stopping;
}): Backbone {
  const { name, config, log, stopping } = options;
  const { instanceId } = config.service;
  const metrics = createMetrics(name);
  const db = connectDatabase(config.database);
  stopping.add("database", () => db.destroy());
  const redis = openRedis(config.redis, log);
  stopping.add("redis", () => redis.disconnect());
  const codec = createCodec({
    registered: readRegisteredSchemas(config.kafka.schemaIdsFile),
    registry: createRegistryClient({ url: config.kafka.schemaRegistryUrl }),
  });
  const outbox = createOutbox({ codec, source: `/mall/${name}` });
  const kafka = createKafka({ brokers: config.kafka.brokers, clientId: instanceId }, log);
  const relay = startSending({ ...options, db, kafka, metrics });
  const gauge = startOutboxGauge({ db, maxRows: config.outbox.maxRows, metrics, log });
  stopping.add("outbox gauge", () => gauge.stop());
  let reactions: RunningReactions | undefined;

  return {
    db,
    redis,
    outbox,
    metrics,
    poke: relay.poke,
    hasRoom: gauge.hasRoom,
    react(sets, onCommit) {
      const events = metrics.counter("consumer_events_total", "Events taken in, by outcome", ["outcome"]);
      reactions = startReactions({
        db,
        codec,
        outbox,
        log,
        kafka,
        sets,
        clientId: instanceId,
        poke: relay.poke,
        ...(onCommit ? { onCommit } : {}),
        counted: (counts) => {
          for (const [outcome, count] of Object.entries(counts)) if (count > 0) events.inc({ outcome }, count);
        },
        onStuck: () => {
          log.fatal("the consumer hangs although Kafka answers: this process ends and is started again");
          process.exit(1);
        },
      });
      stopping.add("consumer", () => reactions?.stop(), 8_000);
    },
    keepCompacted: (owner) => startKeeping({ ...options, db, kafka, metrics }, owner, relay),
    async serve(routes, extra = {}) {
      const app = createApp({
        service: name,
        routes,
        log,
        metrics,
        identityKey: config.service.identityKey,
        ready: () => readiness(db, reactions),
        ...extra,
      });
      const server = await startServer(app, { port: config.service.port, host: config.service.listenHost, log });
      stopping.add("http", () => server.stop(), 9_000);
    },
  };
}

interface Sending {
  readonly db: Knex;
  readonly kafka: KafkaClient;
  readonly metrics: Metrics;
  readonly config: BackboneConfig;
  readonly emits: readonly Topic[];
  readonly log: Logger;
  readonly stopping: Stopping;
}

function startSending(parts: Sending): Relay {
  const { db, kafka, metrics, log, emits, config } = parts;
  const sent = metrics.counter("outbox_sent_total", "Events acknowledged by Kafka");
  const setAside = metrics.counter("outbox_parked_total", "Events that can never be sent");
  const relay = startRelay({
    db,
    log,
    topics: emits,
    producer: createProducer(kafka),
    lease: createLease(db, "relay", config.service.instanceId),
    onSent: (count) => sent.inc(count),
    onParked: () => setAside.inc(),
  });
  parts.stopping.add("relay", () => relay.stop());
  return relay;
}

function startKeeping(parts: Sending, owner: CompactedOwner, relay: Relay): void {
  const { db, kafka, metrics, log, config, stopping } = parts;
  const repaired = metrics.counter("outbox_retold_total", "Keys told again because their last record was stale");
  const keeping = keepCompactedTopic({
    db,
    kafka,
    log,
    owner,
    lease: createLease(db, `repair ${owner.topic.name}`, config.service.instanceId),
    onRepaired(count) {
      repaired.inc(count);
      relay.poke();
    },
  });
  stopping.add(`repair of ${owner.topic.name}`, () => keeping.stop());
}

// Kafka away is no reason to take no requests: what they emit travels later. Only the database is needed.
async function readiness(db: Knex, reactions: RunningReactions | undefined) {
  const database = await rows(db, "SELECT 1").then(
    () => "up",
    () => "down",
  );
  const kafka = reactions?.health() ?? "unused";
  return { ok: database === "up" && kafka !== "LOG_BEHIND_DATABASE", checks: { database, kafka } };
}
