/** Builds what stock tells others. `seq` is that of the row that owns it, already raised. */
import { type OutgoingEvent, outgoing } from "#platform/outbox/outgoing.ts";
import {
  type DocumentId,
  type EventType,
  type OrderId,
  type Shortage,
  type SkuId,
  StockAdjusted,
  StockDeducted,
  type StockLine,
  StockLocked,
  StockLockRejected,
  StockRanLow,
  StockReceived,
  StockRecovered,
  StockReleased,
  StockShortage,
} from "#schemas/event-types.ts";
import { catalogInventoryV1 } from "#topics/catalog.inventory.v1.ts";
import { catalogStockV1 } from "#topics/catalog.stock.v1.ts";

interface AnsweringLock {
  readonly orderId: OrderId;
  readonly emitSeq: number;
  readonly lines: readonly StockLine[];
}

interface CountedSku {
  readonly skuId: SkuId;
  readonly seq: number;
  readonly onHand: number;
  readonly locked: number;
  readonly threshold: number;
}

const answerWithLines =
  (type: EventType<{ orderId: OrderId; lines: readonly StockLine[] }>) =>
  ({ orderId, emitSeq, lines }: AnsweringLock): OutgoingEvent =>
    outgoing(catalogStockV1, type, { key: orderId, seq: emitSeq, value: { orderId, lines } });

export const stockLocked = answerWithLines(StockLocked);
export const stockDeducted = answerWithLines(StockDeducted);
export const stockReleased = answerWithLines(StockReleased);

const answerWithShortages =
  (type: EventType<{ orderId: OrderId; shortages: readonly Shortage[] }>) =>
  ({ orderId, emitSeq }: AnsweringLock, shortages: readonly Shortage[]): OutgoingEvent =>
    outgoing(catalogStockV1, type, { key: orderId, seq: emitSeq, value: { orderId, shortages } });

export const stockLockRejected = answerWithShortages(StockLockRejected);
export const stockShortage = answerWithShortages(StockShortage);

const crossing =
  (type: EventType<{ skuId: SkuId; available: number; threshold: number }>) =>
  ({ skuId, seq, onHand, locked, threshold }: CountedSku): OutgoingEvent =>
    outgoing(catalogInventoryV1, type, { key: skuId, seq, value: { skuId, available: onHand - locked, threshold } });

export const stockRanLow = crossing(StockRanLow);
export const stockRecovered = crossing(StockRecovered);

export function stockReceived(
  { skuId, seq, onHand, locked }: CountedSku,
  receipt: { documentId: DocumentId; quantity: number },
): OutgoingEvent {
  const value = { skuId, ...receipt, onHand, locked };
  return outgoing(catalogInventoryV1, StockReceived, { key: skuId, seq, value });
}

export function stockAdjusted(
  { skuId, seq, onHand, locked }: CountedSku,
  adjustment: { documentId: DocumentId; delta: number; reason: string },
): OutgoingEvent {
  const value = { skuId, ...adjustment, onHand, locked };
  return outgoing(catalogInventoryV1, StockAdjusted, { key: skuId, seq, value });
}
