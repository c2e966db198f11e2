/** Builds what stock tells others. `seq` is that of the row that owns it, already raised. */
import { type OutgoingEvent, outgoing } from "#platform/outbox/outgoing.ts";
import {
  type DocumentId,
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

export function stockLocked({ orderId, emitSeq, lines }: AnsweringLock): OutgoingEvent {
  return outgoing(catalogStockV1, StockLocked, { key: orderId, seq: emitSeq, value: { orderId, lines } });
}

export function stockDeducted({ orderId, emitSeq, lines }: AnsweringLock): OutgoingEvent {
  return outgoing(catalogStockV1, StockDeducted, { key: orderId, seq: emitSeq, value: { orderId, lines } });
}

export function stockReleased({ orderId, emitSeq, lines }: AnsweringLock): OutgoingEvent {
  return outgoing(catalogStockV1, StockReleased, { key: orderId, seq: emitSeq, value: { orderId, lines } });
}

export function stockLockRejected({ orderId, emitSeq }: AnsweringLock, shortages: readonly Shortage[]): OutgoingEvent {
  return outgoing(catalogStockV1, StockLockRejected, { key: orderId, seq: emitSeq, value: { orderId, shortages } });
}

export function stockShortage({ orderId, emitSeq }: AnsweringLock, shortages: readonly Shortage[]): OutgoingEvent {
  return outgoing(catalogStockV1, StockShortage, { key: orderId, seq: emitSeq, value: { orderId, shortages } });
}

export function stockRanLow({ skuId, seq, onHand, locked, threshold }: CountedSku): OutgoingEvent {
  const value = { skuId, available: onHand - locked, threshold };
  return outgoing(catalogInventoryV1, StockRanLow, { key: skuId, seq, value });
}

export function stockRecovered({ skuId, seq, onHand, locked, threshold }: CountedSku): OutgoingEvent {
  const value = { skuId, available: onHand - locked, threshold };
  return outgoing(catalogInventoryV1, StockRecovered, { key: skuId, seq, value });
}

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
