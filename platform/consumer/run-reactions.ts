/**
 * Kafka topics become decisions: one consumer per group with all its reactions sets. The promises are those of run-batch.ts;
 * this file adds when the process connects, connects again and gives up. HTTP stays up without Kafka: the consumer is built
 * again in the background until Kafka is there.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Kafka } from "kafkajs";
import { AppError } from "../errors/app-error.ts";
import { describeLogs } from "../kafka/admin.ts";
import { type RunningConsumer, runConsumer } from "../kafka/consumer.ts";
import { createIntake } from "./intake.ts";
import { ensureOffsets, readOffsets } from "./offset-store.ts";
import { createPositions } from "./positions.ts";
import type { AnyReactions } from "./reaction.ts";
import { replayDue } from "./replay-parked.ts";
import type { BatchDeps } from "./run-batch.ts";
import { createSchemaPatience } from "./schema-patience.ts";
import { createWatchdog } from "./watchdog.ts";

export interface ReactionsOptions extends BatchDeps {
  readonly kafka: Kafka;
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
  const positions = createPositions(db, group);
  const patience = createSchemaPatience(options.codec);
  const deps: BatchDeps = { ...options, schemaGivenUp: patience.givenUp };
  const watchdog = createWatchdog({ kafka, onStuck: options.onStuck });
  const onBatch = createIntake({ sets, deps, positions, patience, onCommit: afterCommit });
  let health: ReturnType<RunningReactions["health"]> = "down";
  let consumer: RunningConsumer | undefined;
  let stopping = false;

  function afterCommit(emitted: boolean): void {
    if (emitted) options.poke();
    options.onCommit?.();
  }

  async function connect(): Promise<void> {
    await prepareOffsets(options);
    await positions.reload();
    consumer = await runConsumer({
      kafka,
      clientId: options.clientId,
      group,
      topics: sets.flatMap((set) => set.from),
      onBatch,
      onFetch: watchdog.alive,
      onAssigned: async () => (await positions.reload()).map((at) => ({ ...at, offset: at.nextOffset.toString() })),
      onCrash: (error) => void reconnect(error),
    });
    watchdog.start();
    health = "up";
  }

  async function connectUntilUp(): Promise<void> {
    for (let attempt = 0; !stopping; attempt += 1) {
      try {
        return await connect();
      } catch (error) {
        health = error instanceof AppError && error.code === "LOG_BEHIND_DATABASE" ? error.code : "down";
        log.warn({ err: error }, "consumer: not started, trying again");
        await delay(Math.min(200 * 2 ** attempt, 5_000));
      }
    }
  }

  async function reconnect(error: unknown): Promise<void> {
    if (stopping) return;
    health = "down";
    log.warn({ err: error }, "consumer: ended, starting it again");
    watchdog.stop();
    await consumer?.stop().catch(() => undefined); // it has crashed: there may be nothing left to stop
    consumer = undefined;
    await connectUntilUp();
  }

  async function keepHouse(): Promise<void> {
    await positions.flush();
    for (const set of sets) if (await replayDue(set, deps)) afterCommit(true);
  }

  const housekeeping = repeat(HOUSEKEEPING_MS, keepHouse, (error) =>
    log.warn({ err: error }, "consumer: housekeeping failed, trying again"),
  );
  const started = connectUntilUp();
  return {
    health: () => health,
    async stop() {
      stopping = true;
      watchdog.stop();
      await started;
      await consumer?.stop();
      await housekeeping.stop();
      await positions.flush();
    },
  };
}

/**
 * Inserts the offset rows and refuses to consume a log that ends before what the database has taken in: a wiped or another
 * broker, where going on from its end would skip events silently.
 */
async function prepareOffsets({ sets, db, kafka }: ReactionsOptions): Promise<void> {
  const topics = sets.flatMap((set) => set.from);
  const { clusterId, ends } = await describeLogs(
    kafka,
    topics.map((topic) => topic.name),
  );
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition })),
  );
  await ensureOffsets(db, sets[0].group, { clusterId, partitions });
  for (const { topic, partition, nextOffset, clusterId: counted } of await readOffsets(db, sets[0].group)) {
    const end = ends.get(topic)?.[partition];
    if (end === undefined || nextOffset === 0n) continue;
    if (nextOffset <= BigInt(end) && counted === clusterId) continue;
    throw new AppError({
      code: "LOG_BEHIND_DATABASE",
      message: `${topic} ${partition}: the database has taken in up to ${nextOffset}, the log ends at ${end}`,
      retry: "later",
    });
  }
}

/** Runs `work` again and again with a pause between, never twice at a time. */
function repeat(
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const controller = new AbortController();
  async function loop(): Promise<void> {
    while (!controller.signal.aborted) {
      await delay(everyMs, undefined, { signal: controller.signal }).catch(() => undefined); // aborted: the loop ends
      if (!controller.signal.aborted) await work().catch(onError);
    }
  }
  const running = loop();
  return {
    async stop() {
      controller.abort();
      await running;
    },
  };
}
