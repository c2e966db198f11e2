/** An order as clients see it, and nothing beyond it: what is not listed here does not leave. */
import { z } from "zod";
import { idText, money, timeText } from "#platform/http/fields.ts";
import { type Address, addressShape } from "./address-vault.ts";
import type { HistoryRow } from "./order-events.ts";
import { type Order, type OrderLine, STATUS, STOCK, type StatusName, statusName } from "./order.ts";

const statusCode = z.literal(Object.values(STATUS));
const statusNames = z.enum(Object.keys(STATUS) as [StatusName, ...StatusName[]]);
const stock = z.enum(STOCK);

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
  carrier: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  items: z.array(itemSchema),
  address: addressShape.nullable(),
  history: z.array(historySchema),
});

export type OrderJson = z.output<typeof orderSchema>;

const itemKeys = Object.keys(itemSchema.shape);
const stateKeys = Object.keys(orderSchema.omit({ items: true, address: true, history: true, statusName: true }).shape);
const historyKeys = Object.keys(historySchema.shape);

/** `address` as this reader may see it; null when its key has been destroyed. */
export function orderJson(
  order: Order,
  parts: { lines: readonly OrderLine[]; history: readonly HistoryRow[]; address: Address | null },
): OrderJson {
  const { lines, history, address } = parts;
  const items = lines.map((line) => picked(line, itemKeys)) as OrderJson["items"];
  return { ...lifeJson(order, history), items, address };
}

/** What moves in an order's life. */
export function lifeJson(order: Order, history: readonly HistoryRow[]): Omit<OrderJson, "items" | "address"> {
  return {
    ...(picked(order, stateKeys) as OrderJson),
    statusName: statusName(order.status),
    history: history.map((row) => picked(row, historyKeys)) as OrderJson["history"],
  };
}

function picked(from: object, keys: readonly string[]): object {
  const value = (key: string): unknown => (from as Readonly<Record<string, unknown>>)[key];
  return Object.fromEntries(keys.map((key) => [key, jsonOf(value(key))]));
}

function jsonOf(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
