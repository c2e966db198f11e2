/** Rules of one SKU's stock: what is free, what a movement does to it, when it is low. */
import { AppError } from "#platform/errors/app-error.ts";
import type { OutgoingEvent } from "#platform/outbox/outgoing.ts";
import type { SkuId } from "#schemas/event-types.ts";
import { stockRanLow, stockRecovered } from "./stock-events.ts";

/** Stock of one SKU in the one warehouse of today, with the SKU's own row. */
export interface StockLevel {
  readonly skuId: SkuId;
  /** Units in the warehouse. */
  onHand: number;
  /** Of these, units held by orders. */
  locked: number;
  readonly onSale: boolean;
  version: number;
  /** Units free to order at which stock counts as low. */
  threshold: number;
  low: boolean;
  /** Sequence of the SKU on the inventory topic. */
  seq: number;
}

/** Stock as the merchant sees it. */
export interface StockView {
  readonly skuId: string;
  readonly onHand: number;
  readonly locked: number;
  /** Units free to order. */
  readonly available: number;
  readonly threshold: number;
}

export type MovementKind = "LOCK" | "DEDUCT" | "RELEASE" | "RELOCK" | "INBOUND" | "ADJUST";

/** One row of the ledger. */
export interface Movement {
  /** `order:<id>` or `doc:<documentId>` */
  readonly ref: string;
  readonly skuId: SkuId;
  readonly kind: MovementKind;
  readonly onHandDelta: number;
  readonly lockedDelta: number;
  /** Kept beside the movement, for what a document's first answer was. */
  readonly ext?: Readonly<Record<string, unknown>>;
}

/** Units free to order. */
export function availableOf(level: Pick<StockLevel, "onHand" | "locked">): number {
  return level.onHand - level.locked;
}

export function viewOf(level: Omit<StockView, "available">): StockView {
  const { skuId, onHand, locked, threshold } = level;
  return { skuId, onHand, locked, available: availableOf(level), threshold };
}

/** Applies a movement. Throws AppError STOCK_INVARIANT rather than hold more than there is. */
export function applyMovement(level: StockLevel, movement: Movement): void {
  const onHand = level.onHand + movement.onHandDelta;
  const locked = level.locked + movement.lockedDelta;
  if (locked < 0 || locked > onHand) {
    const message = `${movement.kind} of ${movement.ref} would leave ${onHand} on hand with ${locked} locked`;
    throw new AppError({ code: "STOCK_INVARIANT", message, retry: "never" });
  }
  level.onHand = onHand;
  level.locked = locked;
}

/** Brings `low` in line with what is free; the event of a crossing is returned once, when it happens. */
export function noteCrossing(level: StockLevel): OutgoingEvent[] {
  const isLow = availableOf(level) <= level.threshold;
  if (isLow === level.low) return [];
  level.low = isLow;
  level.seq += 1;
  return [isLow ? stockRanLow(level) : stockRecovered(level)];
}
