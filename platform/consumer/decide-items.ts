/** The walk over a batch, in memory: each message is decided, dropped as a repeat, or set aside. No I/O. */
import { AppError } from "../errors/app-error.ts";
import type { Outbox, OutboxRow } from "../outbox/outbox.ts";
import type { Item, Poison } from "./batch.ts";
import type { ParkedView, ToPark } from "./parked-store.ts";
import type { AnyReactions, BatchState, Decision, IncomingEvent } from "./reaction.ts";

/** A decision that threw: the transaction is rolled back and tried again without this message. */
export class PoisonFound extends Error {
  readonly item: Item;
  readonly poison: Poison;
  constructor(item: Item, poison: Poison) {
    super(poison.error);
    this.item = item;
    this.poison = poison;
  }
}

export interface Walked {
  readonly outgoing: readonly OutboxRow[];
  readonly parked: readonly ToPark[];
  readonly counts: { readonly decided: number; readonly repeats: number; readonly gaps: number };
}

// A hole may be an event that is merely late: its successors wait this long for it.
export const GAP_PATIENCE_MS = 60_000;
export const RETRY_EVERY_MS = 1_000;

export interface Walk {
  readonly set: AnyReactions;
  readonly state: BatchState;
  readonly parkedView: ParkedView;
  readonly outbox: Outbox;
  readonly now: Date;
  /** True when the patience with the first gap has run out; a second one has a patience of its own. */
  readonly acceptGap?: boolean;
}

/** Decides the items in order; changes `walk.state`. Throws PoisonFound for a decision that throws. */
export function decideItems(walk: Walk, items: readonly Item[]): Walked {
  const outgoing: OutboxRow[] = [];
  const parked: ToPark[] = [];
  const blocked = new Set<string>();
  const counts = { decided: 0, repeats: 0, gaps: 0 };
  const complete = new Set(walk.set.complete.map((topic) => topic.name));

  function setAside(item: Item, as: Pick<ToPark, "state" | "reason" | "error" | "nextTryAt">): void {
    parked.push({ item, ...as });
    if (item.message.key !== null && item.event) blocked.add(keyOf(item));
  }

  for (const item of items) {
    if (walk.parkedView.isSettled(item.topic, item.partition, item.message.offset)) continue;
    if (item.poison) {
      setAside(item, { state: "poison", reason: item.poison.reason, error: item.poison.error, nextTryAt: null });
      continue;
    }
    const { event } = item;
    if (!event) continue;
    const inFront = blocked.has(keyOf(item)) || walk.parkedView.isBlocked(item.topic, item.message.key);
    if (inFront) {
      const nextTryAt = new Date(walk.now.getTime() + RETRY_EVERY_MS);
      setAside(item, { state: "retry", reason: "behind", error: null, nextTryAt });
      continue;
    }
    const seen = walk.state.seen(item.topic, event.key);
    const seenSeq = seen?.seq ?? 0;
    if (event.seq <= seenSeq) {
      if (event.seq === seenSeq && seen && seen.eventId !== event.eventId) throw clash(item);
      counts.repeats += 1;
      continue;
    }
    if (event.seq > seenSeq + 1 && complete.has(item.topic)) {
      if (!walk.acceptGap || counts.gaps > 0) {
        const nextTryAt = new Date(walk.now.getTime() + RETRY_EVERY_MS);
        setAside(item, { state: "retry", reason: "gap", error: `expected ${seenSeq + 1}`, nextTryAt });
        continue;
      }
      counts.gaps += 1;
    }
    for (const row of decideOne(walk, item, event)) outgoing.push(row);
    walk.state.markSeen(item.topic, event.key, { seq: event.seq, eventId: event.eventId });
    counts.decided += 1;
  }
  return { outgoing, parked, counts };
}

function keyOf(item: Item): string {
  return `${item.topic} ${item.message.key?.toString("hex") ?? ""}`;
}

// The same sequence with another id means that two histories of one aggregate exist, as after a database failover that
// lost its last commits: nobody but a person can say which is right.
function clash(item: Item): PoisonFound {
  return new PoisonFound(item, { reason: "state", error: "another event with this sequence was taken in before" });
}

function decideOne(walk: Walk, item: Item, event: IncomingEvent): OutboxRow[] {
  if (!item.reaction) return []; // a type the set takes note of by its sequence only
  try {
    const decision = item.reaction.decide(walk.state, event.value as never, walk.now, event as IncomingEvent<never>);
    return listOf(decision).map((outgoing) => walk.outbox.encode(outgoing, event.cause, walk.now));
  } catch (error) {
    if (error instanceof AppError && error.retry === "later") throw error;
    // The message may quote a value of the event, and values may be personal: only the kind of error is kept.
    const text = error instanceof AppError ? `${error.code}: ${error.message}` : ((error as Error).name ?? "Error");
    throw new PoisonFound(item, { reason: "state", error: text });
  }
}

function listOf(decision: Decision) {
  if (decision === undefined) return [];
  return Array.isArray(decision) ? decision : [decision as never];
}
