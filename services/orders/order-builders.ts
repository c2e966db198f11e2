/** Orders and what is needed to place one, for tests. */
import { randomBytes } from "node:crypto";
import type { AddressChanged, OrderId, PaymentId, ProductId, SkuChanged, SkuId, UserId } from "#schemas/event-types.ts";
import { createFieldCipher, type KeyRing } from "#platform/security/field-cipher.ts";
import { NOTHING_HAPPENED, type Order, type OrderLine, type Payment } from "./order.ts";

export const asOrderId = (text: string): OrderId => text as OrderId;
export const asPaymentId = (text: string): PaymentId => text as PaymentId;

/** An order just placed: status 0, stock not decided. */
export function anOrder(fields: Partial<Order> = {}): Order {
  const placedAt = new Date("2026-01-02T03:04:05.678Z");
  return {
    orderId: asOrderId("7001"),
    orderSn: "20260102000000000007001",
    userId: "501" as UserId,
    clientKey: randomBytes(16),
    ...NOTHING_HAPPENED,
    currency: "CNY",
    totalCents: 3_000,
    payCents: 3_000,
    fromCart: true,
    placedAt,
    payBy: new Date(placedAt.getTime() + 1_800_000),
    seq: 1,
    historyRows: 1,
    ...fields,
  };
}

export function aLine(fields: Partial<OrderLine> = {}): OrderLine {
  return {
    skuId: "9001" as SkuId,
    productId: "8001" as ProductId,
    productName: "Tea",
    attributes: { size: "L" },
    priceCents: 1_500,
    quantity: 2,
    totalCents: 3_000,
    cartLineVersion: 4,
    ...fields,
  };
}

export function aPayment(fields: Partial<Payment & { paidAt: Date }> = {}): Payment & { paidAt: Date } {
  const paidAt = new Date("2026-01-02T03:10:00.000Z");
  return { paymentId: asPaymentId("601"), amountCents: 3_000, currency: "CNY", paidAt, ...fields };
}

export function aSku(fields: Partial<SkuChanged> = {}): SkuChanged {
  return {
    skuId: "9001",
    productId: "8001",
    productName: "Tea",
    skuCode: "TEA-L",
    attributes: { size: "L" },
    categoryId: "1",
    brandId: "1",
    priceCents: 1_500,
    currency: "CNY",
    priceVersion: 3,
    onSale: true,
    ...fields,
  } as SkuChanged;
}

export const testKeys: { transport: KeyRing; master: KeyRing } = {
  transport: { current: "t1", keys: new Map([["t1", randomBytes(32)]]) },
  master: { current: "m1", keys: new Map([["m1", randomBytes(32)]]) },
};

export const clearAddress = {
  receiver: "王小明",
  phone: "13812341234",
  region: "Zhejiang",
  city: "Hangzhou",
  district: "Xihu",
  street: "Wensan Road 100, Building 3",
  postalCode: null,
};

/** As users would publish it. */
export function anAddress({ addressId = "301", userId = "501" } = {}): AddressChanged {
  const place = `users.address.v1:${addressId}:${userId}`;
  const ciphertext = createFieldCipher(testKeys.transport).encrypt(JSON.stringify(clearAddress), place);
  return { addressId, userId, keyId: "t1", ciphertext } as AddressChanged;
}
