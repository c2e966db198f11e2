/** Builders for the tests of stock. */
import { execute, placeholders } from "#platform/database/database.ts";
import { eventIdV7 } from "#platform/ids/ids.ts";
import {
  type CancelReason,
  OrderCancelled,
  type OrderId,
  OrderPaid,
  type OrderPaidLine,
  OrderPlaced,
  type PaymentId,
  type ProductId,
  type SkuId,
  type UserId,
} from "#schemas/event-types.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import type { StockLevel } from "./stock.ts";

export interface OrderedUnits {
  readonly skuId: string;
  readonly quantity: number;
}

export type LevelFields = Omit<Partial<StockLevel>, "skuId"> & { readonly skuId: string };

export function aLevel({ skuId, ...fields }: LevelFields): StockLevel {
  const empty = { onHand: 10, locked: 0, onSale: true, version: 0, threshold: 0, low: false, seq: 0 };
  return { ...empty, ...fields, skuId: skuId as SkuId };
}

export function anOrderPlaced(orderId: string, lines: readonly OrderedUnits[]): OrderPlaced {
  return {
    orderId: orderId as OrderId,
    orderSn: `SN${orderId}`,
    userId: "77" as UserId,
    currency: "CNY",
    totalCents: 100,
    placedAt: 0,
    payBy: 1_800_000,
    lines: lines.map(({ skuId, quantity }) => ({
      skuId: skuId as SkuId,
      productId: "5" as ProductId,
      quantity,
      priceCents: 100,
    })),
  };
}

export function anOrderPaid(orderId: string, lines: readonly OrderedUnits[]): OrderPaid {
  return {
    orderId: orderId as OrderId,
    userId: "77" as UserId,
    paymentId: "9" as PaymentId,
    currency: "CNY",
    payCents: 100,
    paidAt: 0,
    lines: lines as readonly OrderPaidLine[],
  };
}

export function anOrderCancelled(orderId: string, reason: CancelReason = "SHOPPER"): OrderCancelled {
  return { orderId: orderId as OrderId, userId: "77" as UserId, reason, fromStatus: 0, cancelledAt: 0 };
}

/** The same, ready to be delivered. */
export const placed = (orderId: string, lines: readonly OrderedUnits[], seq = 1) => ({
  topic: ordersOrderV1,
  type: OrderPlaced,
  key: orderId,
  seq,
  value: anOrderPlaced(orderId, lines),
  eventId: eventIdV7(),
});
export const paid = (orderId: string, lines: readonly OrderedUnits[], seq = 3) => ({
  topic: ordersOrderV1,
  type: OrderPaid,
  key: orderId,
  seq,
  value: anOrderPaid(orderId, lines),
  eventId: eventIdV7(),
});
export const cancelled = (orderId: string, seq = 3, reason: CancelReason = "SHOPPER") => ({
  topic: ordersOrderV1,
  type: OrderCancelled,
  key: orderId,
  seq,
  value: anOrderCancelled(orderId, reason),
  eventId: eventIdV7(),
});

/** Puts stock into the tables without a ledger row, as a test's starting point. */
export async function stockUp(db: Parameters<typeof execute>[0], levels: readonly LevelFields[]): Promise<void> {
  const whole = levels.map(aLevel);
  await execute(
    db,
    `INSERT INTO pms_stock (warehouse_id, sku_id, on_hand, locked, on_sale, version) VALUES ${placeholders(whole.length, 6)}`,
    whole.flatMap(({ skuId, onHand, locked, onSale, version }) => [1, skuId, onHand, locked, onSale, version]),
  );
  await execute(
    db,
    `INSERT INTO pms_stock_sku (sku_id, threshold, low, seq) VALUES ${placeholders(whole.length, 4)}`,
    whole.flatMap(({ skuId, threshold, low, seq }) => [skuId, threshold, low, seq]),
  );
}
