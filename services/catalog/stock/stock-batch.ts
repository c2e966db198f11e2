/**
 * The stock of one batch of order events, in memory: which orders hold what, what each SKU has left. A movement applies to
 * all lines of an order or to none. What must be written afterwards is gathered here, for a store to write set-wise.
 */
import type { BatchState, Seen } from "#platform/consumer/reaction.ts";
import type { OutgoingEvent } from "#platform/outbox/outgoing.ts";
import type { OrderId, Shortage, ShortageReason, SkuId, StockLine } from "#schemas/event-types.ts";
import {
  type Movement,
  type MovementKind,
  type StockLevel,
  applyMovement,
  availableOf,
  noteCrossing,
} from "./stock.ts";
import { stockDeducted, stockLocked, stockLockRejected, stockReleased, stockShortage } from "./stock-events.ts";

export type LockStatus = "LOCKED" | "REJECTED" | "DEDUCTED" | "RELEASED" | "VOID";

/** What stock has decided for one order. */
export interface StockLock {
  readonly orderId: OrderId;
  status: LockStatus;
  ordersSeq: number;
  ordersEventId: string;
  /** Sequence of the order on the stock topic. */
  emitSeq: number;
  reason: string | null;
  /** What is held, or was once; empty when nothing ever was. */
  lines: readonly StockLine[];
}

interface OrderedLines {
  readonly orderId: OrderId;
  readonly lines: readonly StockLine[];
}

// Units by which a kind of movement changes what is on hand and what is locked.
const EFFECT = {
  LOCK: { onHand: 0, locked: 1 },
  RELOCK: { onHand: 0, locked: 1 },
  RELEASE: { onHand: 0, locked: -1 },
  DEDUCT: { onHand: -1, locked: -1 },
} satisfies Partial<Record<MovementKind, { onHand: number; locked: number }>>;

export class StockBatch implements BatchState {
  readonly #locks: Map<string, StockLock>;
  readonly #levels: Map<string, StockLevel>;
  readonly newLocks: StockLock[] = [];
  readonly changedLocks = new Set<StockLock>();
  /** Locks whose lines are to be written. */
  readonly newlyHeld: StockLock[] = [];
  readonly movements: Movement[] = [];
  readonly changedLevels = new Set<StockLevel>();
  /** Levels whose SKU row (low, sequence) has changed. */
  readonly crossedLevels = new Set<StockLevel>();
  /** Orders that were cancelled although their goods are gone. */
  readonly cancelledAfterDeduction: OrderId[] = [];

  constructor(locks: readonly StockLock[], levels: readonly StockLevel[]) {
    this.#locks = new Map(locks.map((lock) => [lock.orderId, lock]));
    this.#levels = new Map(levels.map((level) => [level.skuId, level]));
  }

  seen(_topic: string, orderId: string): Seen | undefined {
    const lock = this.#locks.get(orderId);
    return lock && { seq: lock.ordersSeq, eventId: lock.ordersEventId };
  }

  markSeen(_topic: string, orderId: string, { seq, eventId }: Seen): void {
    const lock = this.#locks.get(orderId);
    if (!lock) return;
    lock.ordersSeq = seq;
    lock.ordersEventId = eventId;
    this.changedLocks.add(lock);
  }

  lockOf(orderId: OrderId): StockLock | undefined {
    return this.#locks.get(orderId);
  }

  /** Every line that cannot be served; a paid line is not refused for having been withdrawn from sale since. */
  shortagesFor(lines: readonly StockLine[], { paid = false } = {}): Shortage[] {
    const shortages: Shortage[] = [];
    for (const { skuId, quantity } of lines) {
      const level = this.#levels.get(skuId);
      const available = level ? availableOf(level) : 0;
      const reason = shortageReason(level, quantity, paid);
      if (reason) shortages.push({ skuId, requested: quantity, available, reason });
    }
    return shortages;
  }

  /** Holds all lines; there must be no shortage. */
  lock({ orderId, lines }: OrderedLines): OutgoingEvent[] {
    const lock = this.#decide(orderId, "LOCKED");
    this.#hold(lock, lines);
    const crossings = this.#move(lock, ["LOCK"]);
    return [stockLocked(raised(lock)), ...crossings];
  }

  reject({ orderId }: Pick<OrderedLines, "orderId">, shortages: readonly Shortage[]): OutgoingEvent {
    const lock = this.#decide(orderId, "REJECTED", shortages[0]?.reason ?? null);
    return stockLockRejected(raised(lock), shortages);
  }

  /** Takes what is held out of the stock. */
  deduct(lock: StockLock): OutgoingEvent[] {
    this.#decide(lock.orderId, "DEDUCTED");
    const crossings = this.#move(lock, ["DEDUCT"]);
    return [stockDeducted(raised(lock)), ...crossings];
  }

  /** For a paid order that holds nothing (any more): holds and takes out at once; there must be no shortage. */
  lockAndDeduct({ orderId, lines }: OrderedLines): OutgoingEvent[] {
    const before = this.#locks.get(orderId)?.status;
    const lock = this.#decide(orderId, "DEDUCTED");
    if (lock.lines.length === 0) this.#hold(lock, lines);
    const isAfterCancel = before === "RELEASED" || before === "VOID";
    const crossings = this.#move(lock, [isAfterCancel ? "RELOCK" : "LOCK", "DEDUCT"]);
    return [stockDeducted(raised(lock)), ...crossings];
  }

  /** A paid order cannot be served. What was released or void stays so: nothing is held either way. */
  reportShortage({ orderId }: Pick<OrderedLines, "orderId">, shortages: readonly Shortage[]): OutgoingEvent {
    const before = this.#locks.get(orderId)?.status;
    const status = before === "RELEASED" || before === "VOID" ? before : "REJECTED";
    const lock = this.#decide(orderId, status, "SHORT_AFTER_PAYMENT");
    return stockShortage(raised(lock), shortages);
  }

  release(lock: StockLock, reason: string): OutgoingEvent[] {
    this.#decide(lock.orderId, "RELEASED", reason);
    const crossings = this.#move(lock, ["RELEASE"]);
    return [stockReleased(raised(lock)), ...crossings];
  }

  /** Remembers a cancellation that came before the order, so that the order finds it and locks nothing. */
  leaveTombstone(orderId: OrderId, reason: string): void {
    this.#decide(orderId, "VOID", reason);
  }

  /** Only the return of the goods may restock what was deducted: nothing moves, somebody must look. */
  raiseCancelledAfterDeduction(lock: StockLock): void {
    this.#decide(lock.orderId, "DEDUCTED", "CANCELLED_AFTER_DEDUCTION");
    this.cancelledAfterDeduction.push(lock.orderId);
  }

  #decide(orderId: OrderId, status: LockStatus, reason: string | null = null): StockLock {
    const known = this.#locks.get(orderId);
    if (known) {
      known.status = status;
      known.reason = reason;
      this.changedLocks.add(known);
      return known;
    }
    const lock = { orderId, status, reason, ordersSeq: 0, ordersEventId: "", emitSeq: 0, lines: [] };
    this.#locks.set(orderId, lock);
    this.newLocks.push(lock);
    return lock;
  }

  #hold(lock: StockLock, lines: readonly StockLine[]): void {
    lock.lines = lines.map(({ skuId, quantity }) => ({ skuId, quantity }));
    this.newlyHeld.push(lock);
  }

  #move(lock: StockLock, kinds: readonly (keyof typeof EFFECT)[]): OutgoingEvent[] {
    const crossings: OutgoingEvent[] = [];
    for (const { skuId, quantity } of lock.lines) {
      const level = this.#levelOf(skuId);
      for (const kind of kinds) {
        const effect = EFFECT[kind];
        const onHandDelta = effect.onHand * quantity;
        const lockedDelta = effect.locked * quantity;
        const movement: Movement = { ref: `order:${lock.orderId}`, skuId, kind, onHandDelta, lockedDelta };
        applyMovement(level, movement);
        this.movements.push(movement);
      }
      this.changedLevels.add(level);
      const crossing = noteCrossing(level);
      if (crossing.length > 0) this.crossedLevels.add(level);
      crossings.push(...crossing);
    }
    return crossings;
  }

  #levelOf(skuId: SkuId): StockLevel {
    const level = this.#levels.get(skuId);
    if (!level) throw new Error(`the stock of SKU ${skuId} was not loaded`);
    return level;
  }
}

function shortageReason(level: StockLevel | undefined, quantity: number, paid: boolean): ShortageReason | undefined {
  if (!level) return "UNKNOWN";
  if (!level.onSale && !paid) return "OFF_SALE";
  return availableOf(level) < quantity ? "SHORT" : undefined;
}

function raised(lock: StockLock): StockLock {
  lock.emitSeq += 1;
  return lock;
}
