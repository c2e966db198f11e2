/**
 * Outbox rows become Kafka records.
 *
 * Guarantees: every committed row is sent at least once; an aggregate's event is sent in one record batch with, or after
 * the acknowledgement of, every earlier one (invariant R), whatever crashes and however many relays run.
 * Does not guarantee: exactly once (repeats follow crashes and lost answers; consumers drop them by sequence), or order
 * between aggregates or topics. Needs a single writable primary whose auto-increment ids never go back.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Knex } from "knex";
import type { EventProducer, RecordGroup } from "../kafka/producer.ts";
import type { Topic } from "../kafka/topic.ts";
import type { Logger } from "../logging/logger.ts";
import type { Lease } from "./lease.ts";
import { type StoredEvent, deleteSent, parkAggregateFrom, readHead } from "./outbox-store.ts";
import { type EventGroup, groupForSending, halves } from "./record-groups.ts";
import { createWakeUp } from "./wake-up.ts";

export interface RelayOptions {
  readonly db: Knex;
  readonly producer: EventProducer;
  readonly lease: Lease;
  readonly topics: readonly Topic[];
  readonly log: Logger;
  readonly onSent?: (count: number) => void;
  readonly onParked?: () => void;
  /** For tests: called at named points, may throw to simulate a crash there. */
  readonly at?: (point: "after-read" | "after-ack" | "after-delete") => void;
}

export interface Relay {
  /** Call after a commit that inserted outbox rows: sends at once instead of at the next poll. */
  poke(): void;
  /** Drains until empty or `drainMs` have passed, then releases the lease and the producer. */
  stop(drainMs?: number): Promise<void>;
}

const HEAD_ROWS = 1_000;
// The net under the pokes: rows of another instance, or of a life before a crash. While nothing comes it widens, since each
// look costs 0.3 ms of CPU and six relays look.
const IDLE_POLL_MS = { first: 50, last: 100 };
// When busy, a cycle starts at most this often: fewer and fuller produce requests (0.2 ms of broker CPU each).
const BUSY_PACE_MS = 5;
const WITHOUT_LEASE_MS = 200;
const SHUN_TOPIC_MS = 5_000;
const AFTER_ERROR_MS = 500;
const BACK_OFF_MS = { first: 50, last: 5_000 };

/** Starts the loop. One request is in flight at a time: that is what keeps order. */
export function startRelay(options: RelayOptions): Relay {
  const { db, lease, log } = options;
  const wakeUp = createWakeUp();
  let stopping = false;
  let drainUntil = Infinity;
  let backOffMs = 0;
  let idlePollMs = IDLE_POLL_MS.first;
  const shunned = new Map<string, number>();

  async function cycle(): Promise<number> {
    for (const [topic, until] of shunned) if (until <= performance.now()) shunned.delete(topic);
    const events = await readHead(db, HEAD_ROWS, [...shunned.keys()]);
    if (events.length === 0) return 0;
    options.at?.("after-read");
    const shun = (topic: string): unknown => shunned.set(topic, performance.now() + SHUN_TOPIC_MS);
    const failed = await sendAndDelete(options, events, shun);
    backOffMs = failed ? Math.min(Math.max(backOffMs * 2, BACK_OFF_MS.first), BACK_OFF_MS.last) : 0;
    return events.length;
  }

  async function turn(): Promise<void> {
    if (!(await lease.held())) {
      // Another instance sends; it finds what this one committed at its next poll.
      return wakeUp.rest(WITHOUT_LEASE_MS);
    }
    wakeUp.forget();
    const startedAt = performance.now();
    const count = await cycle();
    if (backOffMs > 0) return wakeUp.rest(backOffMs * (0.5 + Math.random() / 2));
    if (count === 0) {
      idlePollMs = Math.min(idlePollMs * 1.2, IDLE_POLL_MS.last);
      return wakeUp.idle(idlePollMs);
    }
    idlePollMs = IDLE_POLL_MS.first;
    const rest = BUSY_PACE_MS - (performance.now() - startedAt);
    if (rest > 0 && count < HEAD_ROWS) await wakeUp.rest(rest);
  }

  async function loop(): Promise<void> {
    while (!stopping || performance.now() < drainUntil) {
      try {
        await turn();
        if (stopping && !(await hasWork(db, lease))) return;
        if (stopping && backOffMs > 0) await delay(backOffMs); // Kafka is away: no use in trying without pause
      } catch (error) {
        log.warn({ err: error }, "relay: cycle failed, trying again");
        await delay(stopping ? BACK_OFF_MS.first : AFTER_ERROR_MS);
      }
    }
  }

  const running = loop();
  return {
    poke: wakeUp.poke,
    async stop(drainMs = 5_000) {
      stopping = true;
      drainUntil = performance.now() + drainMs;
      wakeUp.end();
      await running;
      await options.producer.disconnect();
      await lease
        .release()
        .catch((error: unknown) => log.warn({ err: error }, "relay: lease not released, it expires"));
    },
  };
}

async function hasWork(db: Knex, lease: Lease): Promise<boolean> {
  return (await lease.held()) && (await readHead(db, 1)).length > 0;
}

/** Sends what was read; true when something stays to be sent later. */
async function sendAndDelete(
  options: RelayOptions,
  events: readonly StoredEvent[],
  shun: (topic: string) => void,
): Promise<boolean> {
  const groups = groupForSending(events, options.topics);
  const outcome = await options.producer.send(groups);
  options.at?.("after-ack");
  await settle(options, outcome.acked);
  if (outcome.failed.length === 0) return false;
  if (outcome.refusedBecause !== undefined) {
    for (const group of groups) await sendOrPark(options, group);
    return false;
  }
  if (outcome.topicRefusedBecause !== undefined) {
    for (const ofTopic of Map.groupBy(groups, ({ topic }) => topic).values()) await sendTopic(options, ofTopic, shun);
    return false;
  }
  options.log.warn({ err: outcome.error, groups: outcome.failed.length }, "relay: not acknowledged, sending again");
  return true;
}

/** Sends one topic's groups; a topic that cannot be written to is left alone for a while, so that the others go on. */
async function sendTopic(
  options: RelayOptions,
  groups: readonly EventGroup[],
  shun: (topic: string) => void,
): Promise<void> {
  const { acked, topicRefusedBecause } = await options.producer.send(groups);
  await settle(options, acked);
  if (topicRefusedBecause === undefined) return;
  const { topic = "" } = groups[0] ?? {};
  shun(topic);
  options.log.error({ topic, reason: topicRefusedBecause }, "relay: topic cannot be written to, its events wait");
}

async function settle(options: RelayOptions, acked: readonly RecordGroup[]): Promise<void> {
  const ids = acked.flatMap((group) => (group as EventGroup).events.map((event) => event.id));
  await deleteSent(options.db, ids);
  options.at?.("after-delete");
  if (ids.length > 0) options.onSent?.(ids.length);
}

/**
 * Finds the row that the broker refuses for good by halving its group, in order, and parks it with its successors. True
 * when all of the group was sent. As soon as something was not, the rest waits for the next read of the head: sending it
 * now could overtake the part that failed, or what was just parked.
 */
async function sendOrPark(options: RelayOptions, group: EventGroup): Promise<boolean> {
  const outcome = await options.producer.send([group]);
  await settle(options, outcome.acked);
  if (outcome.failed.length === 0) return true;
  if (outcome.refusedBecause === undefined) return false;
  const [first, ...others] = group.events;
  if (others.length > 0) {
    for (const half of halves(group)) if (!(await sendOrPark(options, half))) return false;
    return true;
  }
  if (first) await parkAggregateFrom(options.db, first, outcome.refusedBecause);
  options.onParked?.();
  options.log.error(
    { topic: group.topic, reason: outcome.refusedBecause },
    "relay: event parked, it can never be sent",
  );
  return false;
}
