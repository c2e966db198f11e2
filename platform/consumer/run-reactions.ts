/**
 * Kafka topics become decisions: one consumer per group with all its reactions sets. The promises are those of run-batch.ts;
 * this file adds when the process connects, connects again and gives up. HTTP stays up without Kafka: the consumer is built
 * again in the background until Kafka is there.
 */
import type { KafkaClient } from "../kafka/client.ts";
import { type RunningConsumer, runConsumer } from "../kafka/consumer.ts";
import { startJob } from "../lifecycle/start-job.ts";
import { createIntake } from "./intake.ts";
import { keepConnected } from "./keep-connected.ts";
import { prepareOffsets } from "./prepare-offsets.ts";
import { createPositions } from "./positions.ts";
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
  const positions = createPositions(db, group);
  const patience = createSchemaPatience(options.codec);
  const deps: BatchDeps = { ...options, schemaGivenUp: patience.givenUp };
  const watchdog = createWatchdog({ kafka, onStuck: options.onStuck });
  const onBatch = createIntake({ sets, deps, positions, patience, onCommit: afterCommit });
  let consumer: RunningConsumer | undefined;

  function afterCommit(emitted: boolean): void {
    if (emitted) options.poke();
    options.onCommit?.();
  }

  async function connect(): Promise<void> {
    await prepareOffsets({ db, kafka, group, topics });
    await positions.reload();
    consumer = await runConsumer({
      kafka,
      clientId: options.clientId,
      group,
      topics,
      onBatch,
      onFetch: watchdog.alive,
      onAssigned: async () => (await positions.reload()).map((at) => ({ ...at, offset: at.nextOffset.toString() })),
      onCrash: connection.lost,
    });
    watchdog.start();
  }

  async function disconnect(): Promise<void> {
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
    health: () => {
      const { up, lastCode } = connection.state();
      if (up) return "up";
      return lastCode === "LOG_BEHIND_DATABASE" ? lastCode : "down";
    },
    async stop() {
      await connection.stop();
      await housekeeping.stop();
      await positions.flush();
    },
  };
}
