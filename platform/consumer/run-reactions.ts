/**
 * Kafka topics become decisions: one consumer per group with all its reactions sets. The promises are those of run-batch.ts;
 * this file adds when the process connects, connects again and gives up. HTTP stays up without Kafka: the consumer is built
 * again in the background until Kafka is there.
 */
import type { KafkaClient } from "../kafka/client.ts";
import { type ConsumedBatch, type RunningConsumer, runConsumer } from "../kafka/consumer.ts";
import { startJob } from "../lifecycle/start-job.ts";
import type { Logger } from "../logging/logger.ts";
import { createIntake } from "./intake.ts";
import { type Connection, keepConnected } from "./keep-connected.ts";
import { logBehind, prepareOffsets } from "./prepare-offsets.ts";
import { type Gone, createPositions } from "./positions.ts";
import type { AnyReactions } from "./reaction.ts";
import { replayDue } from "./replay-parked.ts";
import type { BatchDeps } from "./run-batch.ts";
import { createSchemaPatience } from "./schema-patience.ts";
import { createWatchdog } from "./watchdog.ts";

export interface ReactionsOptions extends BatchDeps {
  readonly kafka: KafkaClient;
  readonly clientId: string;
  /** All sets of one group. */
  readonly sets: readonly [AnyReactions, ...AnyReactions[]];
  /** Called after a commit that put events into the outbox. */
  readonly poke: () => void;
  /** Called after each commit, so that requests that wait for a row look again. */
  readonly onCommit?: () => void;
  /** The consumer hangs although Kafka answers: the process should end and be started again. */
  readonly onStuck: () => void;
}

export interface RunningReactions {
  /** `up`, `down` while Kafka is out of reach, or `LOG_BEHIND_DATABASE`. */
  health(): "up" | "down" | "LOG_BEHIND_DATABASE";
  stop(): Promise<void>;
}

const HOUSEKEEPING_MS = 1_000;

/** Starts consuming in the background and returns at once. */
export function startReactions(options: ReactionsOptions): RunningReactions {
  const { sets, db, log, kafka } = options;
  const { group } = sets[0];
  const topics = sets.flatMap((set) => set.from);
  const positions = createPositions(db, group, reportGone(log));
  const patience = createSchemaPatience(options.codec);
  const deps: BatchDeps = { ...options, schemaGivenUp: patience.givenUp, onUnknownSchema: patience.verdict };
  const watchdog = createWatchdog({ kafka, onStuck: options.onStuck });
  const onLogBehind = ({ topic, partition }: ConsumedBatch): void => connection.lost(logBehind(topic, partition));
  const onBatch = createIntake({ sets, deps, positions, patience, onCommit: afterCommit, onLogBehind });
  let consumer: RunningConsumer | undefined;
  let inGroup = false;

  function afterCommit(emitted: boolean): void {
    if (emitted) options.poke();
    options.onCommit?.();
  }

  async function startOffsets() {
    await prepareOffsets({ db, kafka, group, topics });
    const offsets = await positions.reload();
    inGroup = true;
    return offsets.map((at) => ({ ...at, offset: at.nextOffset.toString() }));
  }

  async function connect(): Promise<void> {
    await startOffsets();
    consumer = await runConsumer({
      kafka,
      clientId: options.clientId,
      group,
      topics,
      onBatch,
      onFetch: watchdog.alive,
      onAssigned: startOffsets,
      onCrash(error, restarts) {
        inGroup = false;
        if (!restarts) connection.lost(error);
      },
    });
    watchdog.start();
  }

  async function disconnect(): Promise<void> {
    inGroup = false;
    watchdog.stop();
    await consumer?.stop();
    consumer = undefined;
  }

  async function keepHouse(): Promise<void> {
    await positions.flush();
    for (const set of sets) if (await replayDue(set, deps)) afterCommit(true);
  }

  const housekeeping = startJob({ name: "consumer housekeeping", everyMs: HOUSEKEEPING_MS, log, run: keepHouse });
  const connection = keepConnected({ connect, disconnect, log });
  return {
    health: () => healthOf(connection, inGroup),
    async stop() {
      await connection.stop();
      await housekeeping.stop();
      await positions.flush();
    },
  };
}

function healthOf(connection: Connection, inGroup: boolean): ReturnType<RunningReactions["health"]> {
  const { up, lastCode } = connection.state();
  if (up && inGroup) return "up";
  return !up && lastCode === "LOG_BEHIND_DATABASE" ? lastCode : "down";
}

function reportGone(log: Logger): (gone: Gone) => void {
  return ({ topic, partition, from, to }) =>
    log.error(
      { topic, partition, from: from.toString(), to: to.toString() },
      "consumer: the log no longer holds what was never taken in; going on behind it",
    );
}
