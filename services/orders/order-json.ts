/** An order as clients see it, and nothing beyond it: what is not listed here does not leave. */
import { z } from "zod";
import { idText, money, timeText } from "#platform/http/fields.ts";
import { type Address } from "./address-vault.ts";
import type { HistoryRow } from "./order-events.ts";
import { type Order, type OrderLine, STATUS, STOCK, type StatusName, statusName } from "./order.ts";

const statusCode = z.literal(Object.values(STATUS));
const statusNames = z.enum(Object.keys(STATUS) as [StatusName, ...StatusName[]]);
const stock = z.enum(STOCK);

const addressSchema = z.strictObject({
  receiver: z.string(),
  phone: z.string(),
  region: z.string(),
  city: z.string(),
  district: z.string(),
  street: z.string(),
  postalCode: z.string().nullable(),
});

const itemSchema = z.strictObject({
  skuId: idText,
  productId: idText,
  productName: z.string(),
  attributes: z.record(z.string(), z.string()),
  priceCents: money,
  quantity: z.int().min(1),
  totalCents: money,
});

const historySchema = z.strictObject({
  status: statusCode,
  event: z.string(),
  at: timeText,
  reason: z.string().nullable(),
});

export const orderSchema = z.strictObject({
  orderId: idText,
  orderSn: z.string(),
  status: statusCode,
  statusName: statusNames,
  stock,
  totalCents: money,
  payCents: money,
  currency: z.string().length(3),
  placedAt: timeText,
  payBy: timeText,
  paidAt: timeText.nullable(),
  shippedAt: timeText.nullable(),
  finishedAt: timeText.nullable(),
  cancelledAt: timeText.nullable(),
  cancelReason: z.string().nullable(),
  cancelNote: z.string().nullable(),
  items: z.array(itemSchema),
  address: addressSchema.nullable(),
  history: z.array(historySchema),
});

export type OrderJson = z.output<typeof orderSchema>;

/** `address` as this reader may see it; null when its key has been destroyed. */
export function orderJson(
  order: Order,
  parts: { lines: readonly OrderLine[]; history: readonly HistoryRow[]; address: Address | null },
): OrderJson {
  return {
    ...stateJson(order),
    items: parts.lines.map(itemJson),
    address: parts.address,
    ...historyJson(parts.history),
  };
}

/** The fields that change during an order's life, and its own. */
export function stateJson(order: Order) {
  const { orderId, orderSn: sn, status, totalCents, payCents, currency, cancelReason, cancelNote } = order;
  return {
    orderId,
    orderSn: sn,
    status,
    statusName: statusName(status),
    stock: order.stock,
    totalCents,
    payCents,
    currency,
    placedAt: order.placedAt.toISOString(),
    payBy: order.payBy.toISOString(),
    paidAt: order.paidAt?.toISOString() ?? null,
    shippedAt: order.shippedAt?.toISOString() ?? null,
    finishedAt: order.finishedAt?.toISOString() ?? null,
    cancelledAt: order.cancelledAt?.toISOString() ?? null,
    cancelReason,
    cancelNote,
  };
}

export function historyJson(history: readonly HistoryRow[]) {
  return {
    history: history.map(({ status, event, at, reason }) => ({ status, event, at: at.toISOString(), reason })),
  };
}

function itemJson({ skuId, productId, productName, attributes, priceCents, quantity, totalCents }: OrderLine) {
  return { skuId, productId, productName, attributes, priceCents, quantity, totalCents };
}
