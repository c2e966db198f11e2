/** From a fetched batch to its verdict: gather, take in under a transaction, try again, pause. */
import { setTimeout as delay } from "node:timers/promises";
import type { ConsumedBatch, Verdict } from "../kafka/consumer.ts";
import { createGatherer } from "./gatherer.ts";
import type { Positions } from "./positions.ts";
import type { AnyReactions } from "./reaction.ts";
import { type BatchDeps, type BatchOutcome, isTransientFailure, runBatch } from "./run-batch.ts";
import type { SchemaPatience } from "./schema-patience.ts";

export interface IntakeOptions {
  readonly sets: readonly AnyReactions[];
  readonly deps: BatchDeps;
  readonly positions: Positions;
  readonly patience: SchemaPatience;
  /** After a commit with effects; `emitted`: events wait in the outbox. */
  readonly onCommit: (emitted: boolean) => void;
  /** The log ends before what the database has taken in: another log, where going on would skip events silently. */
  readonly onLogBehind: (batch: ConsumedBatch) => void;
}

const PACE_MS = 10;
const MESSAGES_PER_TRANSACTION = 1_000;
const QUICK_TRIES = 3;
const QUICK_TRIES_MS = 300;
const PAUSE_MS = { first: 100, last: 30_000 };

/** Returns the handler of one fetched batch. It never rejects: an error ends in a pause of that partition. */
export function createIntake(options: IntakeOptions): (batch: ConsumedBatch) => Promise<Verdict> {
  const { sets, positions } = options;
  const topics = sets.flatMap((set) => set.from);
  const hasHoles = new Set(topics.filter((topic) => topic.cleanupPolicy === "compact").map((topic) => topic.name));
  const gathererOf = new Map(
    sets.flatMap((set) => {
      const run = createCycle(set, options);
      const gatherer = createGatherer<ConsumedBatch, Verdict>({ paceMs: set.paceMs ?? PACE_MS, run });
      return set.from.map((topic) => [topic.name, gatherer] as const);
    }),
  );

  return async (batch) => {
    const gatherer = gathererOf.get(batch.topic);
    if (!gatherer) return { kind: "done" };
    const judged = positions.judge(batch, hasHoles.has(batch.topic));
    if (judged === "take") return gatherer.submit(batch);
    if (judged === "log-behind") {
      options.onLogBehind(batch);
      return { kind: "pause", forMs: PAUSE_MS.last };
    }
    return { kind: "seek", offset: judged.seekTo.toString() };
  };
}

function createCycle(set: AnyReactions, options: IntakeOptions) {
  const { deps, positions, patience } = options;
  let failures = 0;

  async function takeIn(batches: readonly ConsumedBatch[]): Promise<Map<ConsumedBatch, Verdict>> {
    const verdicts = new Map<ConsumedBatch, Verdict>(batches.map((batch) => [batch, { kind: "done" }]));
    const heldBack = new Set<string>();
    for (const portion of inPortions(batches)) {
      // What comes behind a message that must wait waits with it: taken in now, it would carry the offset past it.
      const free = portion.filter(({ topic, partition }) => !heldBack.has(`${topic} ${partition}`));
      const outcome = await withQuickTries(() => runBatch(set, free, deps));
      note(outcome);
      for (const held of outcome.held) {
        heldBack.add(`${held.topic} ${held.partition}`);
        const batch = batches.find(({ topic, partition }) => topic === held.topic && partition === held.partition);
        if (batch) verdicts.set(batch, patience.verdict(held));
      }
    }
    return verdicts;
  }

  function note(outcome: BatchOutcome): void {
    for (const offset of outcome.passed) positions.passed(offset);
    for (const offset of outcome.committed) positions.committed(offset);
    if (outcome.committed.length > 0) options.onCommit(outcome.emitted);
  }

  return async (batches: readonly ConsumedBatch[]): Promise<ReadonlyMap<ConsumedBatch, Verdict>> => {
    try {
      const verdicts = await takeIn(batches);
      failures = 0;
      return verdicts;
    } catch (error) {
      failures += 1;
      const forMs = Math.min(PAUSE_MS.first * 2 ** (failures - 1), PAUSE_MS.last);
      deps.log.warn({ err: error, set: set.name, forMs }, "consumer: batch not taken in, partitions paused");
      await positions.reload().catch(() => undefined); // the database is away: positions stay, the fence decides
      return new Map(batches.map((batch) => [batch, { kind: "pause", forMs }]));
    }
  };
}

// Within 300 ms: a handler that blocks keeps every partition of its broker from being fetched.
// A batch whose messages were partly committed is fetched again whole after a pause; the fence drops what was taken in.
async function withQuickTries<T>(work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const late = performance.now() - started > QUICK_TRIES_MS;
      if (attempt === QUICK_TRIES || late || !isTransientFailure(error)) throw error;
      await delay(attempt * 50);
    }
  }
}

/** Cuts a cycle into transactions of a bounded number of messages, keeping each partition's order. */
function* inPortions(batches: readonly ConsumedBatch[]): Generator<ConsumedBatch[]> {
  let portion: ConsumedBatch[] = [];
  let room = MESSAGES_PER_TRANSACTION;
  for (const batch of batches) {
    let from = 0;
    while (from < batch.messages.length) {
      const messages = batch.messages.slice(from, from + room);
      portion.push({ ...batch, messages });
      from += messages.length;
      room -= messages.length;
      if (room > 0) continue;
      yield portion;
      portion = [];
      room = MESSAGES_PER_TRANSACTION;
    }
  }
  if (portion.length > 0) yield portion;
}
