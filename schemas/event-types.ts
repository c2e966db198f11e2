// Generated from the Avro files of this folder by generate-event-types.ts; change those, not this.

/** One event: its Avro record, the service that owns it, and (as T) the TypeScript shape of its value. */
export interface EventType<T> {
  readonly name: string;
  readonly owner: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** Never set; it carries T. */
  readonly sample?: T;
}

declare const brand: unique symbol;

export type AddressId = string & { readonly [brand]: "AddressId" };

export type BrandId = string & { readonly [brand]: "BrandId" };

export type CategoryId = string & { readonly [brand]: "CategoryId" };

export type DocumentId = string & { readonly [brand]: "DocumentId" };

export type OrderId = string & { readonly [brand]: "OrderId" };

export type PaymentId = string & { readonly [brand]: "PaymentId" };

export type ProductId = string & { readonly [brand]: "ProductId" };

export type RefundId = string & { readonly [brand]: "RefundId" };

export type SkuId = string & { readonly [brand]: "SkuId" };

export type UserId = string & { readonly [brand]: "UserId" };

/** The whole public state of a SKU after a change. */
export interface SkuChanged {
  /** The SKU; key of the topic. */
  readonly skuId: SkuId;
  /** The product the SKU belongs to. */
  readonly productId: ProductId;
  /** Name of the product. */
  readonly productName: string;
  /** The merchant's code of the SKU. */
  readonly skuCode: string;
  /** Attribute name to value, such as colour to red. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Category of the product. */
  readonly categoryId: CategoryId;
  /** Brand of the product. */
  readonly brandId: BrandId;
  /** Price of one unit, in minor units. */
  readonly priceCents: number;
  /** ISO 4217 code of the price, such as CNY. */
  readonly currency: string;
  /** Counts the price changes of this SKU, from 1. */
  readonly priceVersion: number;
  /** Whether it can be ordered. */
  readonly onSale: boolean;
}

/** A stocktake corrected the stock. */
export interface StockAdjusted {
  /** The SKU; key of the topic. */
  readonly skuId: SkuId;
  /** The merchant's document; a repeat of it changes nothing. */
  readonly documentId: DocumentId;
  /** Units added, or taken away when negative. */
  readonly delta: number;
  /** The merchant's reason; never personal data. */
  readonly reason: string;
  /** Units in the warehouse afterwards. */
  readonly onHand: number;
  /** Of these, units held by orders. */
  readonly locked: number;
}

/** Units of one SKU held or moved for an order. */
export interface StockLine {
  /** The SKU. */
  readonly skuId: SkuId;
  /** Units, at least 1. */
  readonly quantity: number;
}

/** The paid units have left the stock. */
export interface StockDeducted {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** What was deducted. */
  readonly lines: readonly StockLine[];
}

/** SHORT: too few units. OFF_SALE: the SKU is withdrawn. UNKNOWN: there is no such SKU. OTHER stands for a symbol newer than the reader's schema and is never written. */
export type ShortageReason = "OTHER" | "SHORT" | "OFF_SALE" | "UNKNOWN";

/** One line of an order that stock could not serve. */
export interface Shortage {
  /** The SKU. */
  readonly skuId: SkuId;
  /** Units the order asked for. */
  readonly requested: number;
  /** Units that were free at the decision; 0 when the SKU is unknown. */
  readonly available: number;
  /** Why the line could not be served. */
  readonly reason: ShortageReason;
}

/** The order cannot be served; nothing is locked. */
export interface StockLockRejected {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** Every line that could not be served. */
  readonly shortages: readonly Shortage[];
}

/** Every line of the order is locked. */
export interface StockLocked {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** What was locked. */
  readonly lines: readonly StockLine[];
}

/** Available stock crossed its threshold downward. Emitted once per crossing. */
export interface StockRanLow {
  /** The SKU; key of the topic. */
  readonly skuId: SkuId;
  /** Units free to order: on hand less locked. */
  readonly available: number;
  /** Units at which stock counts as low. */
  readonly threshold: number;
}

/** Goods came in. */
export interface StockReceived {
  /** The SKU; key of the topic. */
  readonly skuId: SkuId;
  /** The merchant's document; a repeat of it changes nothing. */
  readonly documentId: DocumentId;
  /** Units received, at least 1. */
  readonly quantity: number;
  /** Units in the warehouse afterwards. */
  readonly onHand: number;
  /** Of these, units held by orders. */
  readonly locked: number;
}

/** Available stock crossed its threshold upward. Emitted once per crossing. */
export interface StockRecovered {
  /** The SKU; key of the topic. */
  readonly skuId: SkuId;
  /** Units free to order: on hand less locked. */
  readonly available: number;
  /** Units at which stock counts as low. */
  readonly threshold: number;
}

/** The order's locks were lifted; the units are free again. */
export interface StockReleased {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** What was released. */
  readonly lines: readonly StockLine[];
}

/** A paid order found no stock to deduct; nothing is held for it. */
export interface StockShortage {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** Every line that could not be served. */
  readonly shortages: readonly Shortage[];
}

/** One ordered SKU and the cart line it came from. */
export interface OrderAwaitingPaymentLine {
  /** The SKU. */
  readonly skuId: SkuId;
  /** Units, at least 1. */
  readonly quantity: number;
  /** Version of the cart line when ordered; null when the client named none. */
  readonly cartLineVersion: number | null;
}

/** All lines are locked in stock; the order can be paid. */
export interface OrderAwaitingPayment {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The shopper whose order it is. */
  readonly userId: UserId;
  /** ISO 4217 code of every amount in this event, such as CNY. */
  readonly currency: string;
  /** Amount to pay, in minor units. */
  readonly payCents: number;
  /** Last moment to pay; later the order is cancelled (milliseconds since the epoch, UTC). */
  readonly payBy: number;
  /** When the order was placed (milliseconds since the epoch, UTC). */
  readonly placedAt: number;
  /** Whether the lines were taken from the shopper's cart, which then drops them. */
  readonly fromCart: boolean;
  /** Lines of the order, at least one, each SKU once. */
  readonly lines: readonly OrderAwaitingPaymentLine[];
}

/** Why an order ended: the shopper asked, the payment window passed, stock refused the lock, or stock was short after payment. OTHER stands for a symbol newer than the reader's schema and is never written. */
export type CancelReason = "OTHER" | "SHOPPER" | "PAYMENT_TIMEOUT" | "STOCK_REJECTED" | "STOCK_SHORTAGE";

/** The order has ended without delivery; this is final. */
export interface OrderCancelled {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The shopper whose order it is. */
  readonly userId: UserId;
  /** Why it ended. */
  readonly reason: CancelReason;
  /** Status code the order left: 0 pending payment, 1 to ship. */
  readonly fromStatus: number;
  /** When it was cancelled (milliseconds since the epoch, UTC). */
  readonly cancelledAt: number;
}

/** The order was received; this is final. */
export interface OrderCompleted {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The shopper whose order it is. */
  readonly userId: UserId;
  /** When it was completed (milliseconds since the epoch, UTC). */
  readonly completedAt: number;
  /** True when the time limit completed it, false when the shopper confirmed receipt. */
  readonly automatic: boolean;
}

/** One paid SKU. */
export interface OrderPaidLine {
  /** The SKU. */
  readonly skuId: SkuId;
  /** Units, at least 1. */
  readonly quantity: number;
}

/** The order is paid in full; its stock is to be deducted. */
export interface OrderPaid {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The shopper whose order it is. */
  readonly userId: UserId;
  /** The payment that paid it. */
  readonly paymentId: PaymentId;
  /** ISO 4217 code of every amount in this event, such as CNY. */
  readonly currency: string;
  /** Amount paid, in minor units. */
  readonly payCents: number;
  /** When the payment succeeded (milliseconds since the epoch, UTC). */
  readonly paidAt: number;
  /** Lines of the order, so that stock can lock again what it had released. */
  readonly lines: readonly OrderPaidLine[];
}

/** One SKU of the order, as it was sold. */
export interface OrderPlacedLine {
  /** The SKU. */
  readonly skuId: SkuId;
  /** The product the SKU belongs to. */
  readonly productId: ProductId;
  /** Units, at least 1. */
  readonly quantity: number;
  /** Price of one unit at placing, in minor units. */
  readonly priceCents: number;
}

/** An order was accepted; its stock is not decided yet. */
export interface OrderPlaced {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The order's number as the shopper sees it. */
  readonly orderSn: string;
  /** The shopper whose order it is. */
  readonly userId: UserId;
  /** ISO 4217 code of every amount in this event, such as CNY. */
  readonly currency: string;
  /** Sum of price times quantity over all lines, in minor units. */
  readonly totalCents: number;
  /** When the order was placed (milliseconds since the epoch, UTC). */
  readonly placedAt: number;
  /** Last moment to pay; later the order is cancelled (milliseconds since the epoch, UTC). */
  readonly payBy: number;
  /** Lines of the order, at least one, each SKU once. */
  readonly lines: readonly OrderPlacedLine[];
}

/** The merchant handed the order to a carrier. */
export interface OrderShipped {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The shopper whose order it is. */
  readonly userId: UserId;
  /** Name of the carrier. */
  readonly carrier: string;
  /** The carrier's number of the parcel. */
  readonly trackingNumber: string;
  /** When it was shipped (milliseconds since the epoch, UTC). */
  readonly shippedAt: number;
}

/** Why money goes back: paid after cancellation, paid twice, stock short after payment, or an amount or currency other than the order's. OTHER stands for a symbol newer than the reader's schema and is never written. */
export type RefundReason = "OTHER" | "LATE_PAYMENT" | "DUPLICATE_PAYMENT" | "STOCK_SHORTAGE" | "AMOUNT_MISMATCH";

/** The money of one payment must go back; payment refunds it once. */
export interface RefundRequested {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The payment to refund. */
  readonly paymentId: PaymentId;
  /** Amount to refund, in minor units. */
  readonly amountCents: number;
  /** ISO 4217 code of every amount in this event, such as CNY. */
  readonly currency: string;
  /** Why it goes back. */
  readonly reason: RefundReason;
}

/** The payment channel. OTHER stands for a symbol newer than the reader's schema and is never written. */
export type ChannelCode = "OTHER" | "FAKE" | "ALIPAY" | "WECHAT";

/** A payment attempt failed for good; the order may be paid by another attempt. */
export interface PaymentFailed {
  /** The payment attempt. */
  readonly paymentId: PaymentId;
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The shopper whose order it is. */
  readonly userId: UserId;
  /** Where it was paid. */
  readonly channel: ChannelCode;
  /** Amount of the attempt, in minor units. */
  readonly amountCents: number;
  /** ISO 4217 code of every amount in this event, such as CNY. */
  readonly currency: string;
  /** When the failure was known (milliseconds since the epoch, UTC). */
  readonly failedAt: number;
  /** Stable code of the failure, such as DECLINED. */
  readonly failureCode: string;
}

/** A payment attempt succeeded; the money is with us. */
export interface PaymentSucceeded {
  /** The payment attempt. */
  readonly paymentId: PaymentId;
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The shopper whose order it is. */
  readonly userId: UserId;
  /** Where it was paid. */
  readonly channel: ChannelCode;
  /** Amount of the attempt, in minor units. */
  readonly amountCents: number;
  /** ISO 4217 code of every amount in this event, such as CNY. */
  readonly currency: string;
  /** When the channel took the money (milliseconds since the epoch, UTC). */
  readonly paidAt: number;
}

/** Payment gave up refunding; a person has to look. */
export interface RefundFailed {
  /** The refund. */
  readonly refundId: RefundId;
  /** The payment it gives back; at most one refund each. */
  readonly paymentId: PaymentId;
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** Amount of the refund, in minor units. */
  readonly amountCents: number;
  /** ISO 4217 code of every amount in this event, such as CNY. */
  readonly currency: string;
  /** Why it was due. */
  readonly reason: RefundReason;
  /** Stable code of the last failure; null when the channel gave none. */
  readonly failureCode: string | null;
}

/** The money of one payment went back. */
export interface RefundSucceeded {
  /** The refund. */
  readonly refundId: RefundId;
  /** The payment it gives back; at most one refund each. */
  readonly paymentId: PaymentId;
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** Amount of the refund, in minor units. */
  readonly amountCents: number;
  /** ISO 4217 code of every amount in this event, such as CNY. */
  readonly currency: string;
  /** Why it was due. */
  readonly reason: RefundReason;
}

/** The payment window seems to have passed. A suggestion: orders decides by its own clock. */
export interface OrderPaymentTimedOut {
  /** The order; key of the topic. */
  readonly orderId: OrderId;
  /** The last moment to pay, as the order announced it (milliseconds since the epoch, UTC). */
  readonly payBy: number;
}

/** The whole state of a delivery address, encrypted. A tombstone removes the address. */
export interface AddressChanged {
  /** The address; key of the topic. */
  readonly addressId: AddressId;
  /** The user whose address it is. */
  readonly userId: UserId;
  /** Id of the transport key that encrypted it. */
  readonly keyId: string;
  /** The address under AES-256-GCM; additional data users.address.v1:<addressId>:<userId>. */
  readonly ciphertext: Buffer;
}

/** ACTIVE may order, DISABLED may not, DELETED is gone for good. OTHER stands for a symbol newer than the reader's schema and is never written. */
export type UserStatus = "OTHER" | "ACTIVE" | "DISABLED" | "DELETED";

/** The state of a user that others may know; no personal data. */
export interface UserChanged {
  /** The user; key of the topic. */
  readonly userId: UserId;
  /** Membership level, from 0. */
  readonly level: number;
  /** What the user may do. */
  readonly status: UserStatus;
}

export const SkuChanged: EventType<SkuChanged> = {
  name: "SkuChanged",
  owner: "catalog",
  schema: {
    type: "record",
    name: "SkuChanged",
    namespace: "mall.catalog",
    doc: "The whole public state of a SKU after a change.",
    fields: [
      { name: "skuId", type: "string", doc: "The SKU; key of the topic." },
      { name: "productId", type: "string", doc: "The product the SKU belongs to." },
      { name: "productName", type: "string", doc: "Name of the product." },
      { name: "skuCode", type: "string", doc: "The merchant's code of the SKU." },
      {
        name: "attributes",
        type: { type: "map", values: "string" },
        doc: "Attribute name to value, such as colour to red.",
      },
      { name: "categoryId", type: "string", doc: "Category of the product." },
      { name: "brandId", type: "string", doc: "Brand of the product." },
      { name: "priceCents", type: "long", doc: "Price of one unit, in minor units." },
      { name: "currency", type: "string", doc: "ISO 4217 code of the price, such as CNY." },
      { name: "priceVersion", type: "long", doc: "Counts the price changes of this SKU, from 1." },
      { name: "onSale", type: "boolean", doc: "Whether it can be ordered." },
    ],
  },
};

export const StockAdjusted: EventType<StockAdjusted> = {
  name: "StockAdjusted",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockAdjusted",
    namespace: "mall.catalog",
    doc: "A stocktake corrected the stock.",
    fields: [
      { name: "skuId", type: "string", doc: "The SKU; key of the topic." },
      { name: "documentId", type: "string", doc: "The merchant's document; a repeat of it changes nothing." },
      { name: "delta", type: "long", doc: "Units added, or taken away when negative." },
      { name: "reason", type: "string", doc: "The merchant's reason; never personal data." },
      { name: "onHand", type: "long", doc: "Units in the warehouse afterwards." },
      { name: "locked", type: "long", doc: "Of these, units held by orders." },
    ],
  },
};

export const StockDeducted: EventType<StockDeducted> = {
  name: "StockDeducted",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockDeducted",
    namespace: "mall.catalog",
    doc: "The paid units have left the stock.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      {
        name: "lines",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "StockLine",
            doc: "Units of one SKU held or moved for an order.",
            fields: [
              { name: "skuId", type: "string", doc: "The SKU." },
              { name: "quantity", type: "long", doc: "Units, at least 1." },
            ],
          },
        },
        doc: "What was deducted.",
      },
    ],
  },
};

export const StockLockRejected: EventType<StockLockRejected> = {
  name: "StockLockRejected",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockLockRejected",
    namespace: "mall.catalog",
    doc: "The order cannot be served; nothing is locked.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      {
        name: "shortages",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "Shortage",
            doc: "One line of an order that stock could not serve.",
            fields: [
              { name: "skuId", type: "string", doc: "The SKU." },
              { name: "requested", type: "long", doc: "Units the order asked for." },
              {
                name: "available",
                type: "long",
                doc: "Units that were free at the decision; 0 when the SKU is unknown.",
              },
              {
                name: "reason",
                type: {
                  type: "enum",
                  name: "ShortageReason",
                  doc: "SHORT: too few units. OFF_SALE: the SKU is withdrawn. UNKNOWN: there is no such SKU. OTHER stands for a symbol newer than the reader's schema and is never written.",
                  symbols: ["OTHER", "SHORT", "OFF_SALE", "UNKNOWN"],
                  default: "OTHER",
                },
                doc: "Why the line could not be served.",
              },
            ],
          },
        },
        doc: "Every line that could not be served.",
      },
    ],
  },
};

export const StockLocked: EventType<StockLocked> = {
  name: "StockLocked",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockLocked",
    namespace: "mall.catalog",
    doc: "Every line of the order is locked.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      {
        name: "lines",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "StockLine",
            doc: "Units of one SKU held or moved for an order.",
            fields: [
              { name: "skuId", type: "string", doc: "The SKU." },
              { name: "quantity", type: "long", doc: "Units, at least 1." },
            ],
          },
        },
        doc: "What was locked.",
      },
    ],
  },
};

export const StockRanLow: EventType<StockRanLow> = {
  name: "StockRanLow",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockRanLow",
    namespace: "mall.catalog",
    doc: "Available stock crossed its threshold downward. Emitted once per crossing.",
    fields: [
      { name: "skuId", type: "string", doc: "The SKU; key of the topic." },
      { name: "available", type: "long", doc: "Units free to order: on hand less locked." },
      { name: "threshold", type: "long", doc: "Units at which stock counts as low." },
    ],
  },
};

export const StockReceived: EventType<StockReceived> = {
  name: "StockReceived",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockReceived",
    namespace: "mall.catalog",
    doc: "Goods came in.",
    fields: [
      { name: "skuId", type: "string", doc: "The SKU; key of the topic." },
      { name: "documentId", type: "string", doc: "The merchant's document; a repeat of it changes nothing." },
      { name: "quantity", type: "long", doc: "Units received, at least 1." },
      { name: "onHand", type: "long", doc: "Units in the warehouse afterwards." },
      { name: "locked", type: "long", doc: "Of these, units held by orders." },
    ],
  },
};

export const StockRecovered: EventType<StockRecovered> = {
  name: "StockRecovered",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockRecovered",
    namespace: "mall.catalog",
    doc: "Available stock crossed its threshold upward. Emitted once per crossing.",
    fields: [
      { name: "skuId", type: "string", doc: "The SKU; key of the topic." },
      { name: "available", type: "long", doc: "Units free to order: on hand less locked." },
      { name: "threshold", type: "long", doc: "Units at which stock counts as low." },
    ],
  },
};

export const StockReleased: EventType<StockReleased> = {
  name: "StockReleased",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockReleased",
    namespace: "mall.catalog",
    doc: "The order's locks were lifted; the units are free again.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      {
        name: "lines",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "StockLine",
            doc: "Units of one SKU held or moved for an order.",
            fields: [
              { name: "skuId", type: "string", doc: "The SKU." },
              { name: "quantity", type: "long", doc: "Units, at least 1." },
            ],
          },
        },
        doc: "What was released.",
      },
    ],
  },
};

export const StockShortage: EventType<StockShortage> = {
  name: "StockShortage",
  owner: "catalog",
  schema: {
    type: "record",
    name: "StockShortage",
    namespace: "mall.catalog",
    doc: "A paid order found no stock to deduct; nothing is held for it.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      {
        name: "shortages",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "Shortage",
            doc: "One line of an order that stock could not serve.",
            fields: [
              { name: "skuId", type: "string", doc: "The SKU." },
              { name: "requested", type: "long", doc: "Units the order asked for." },
              {
                name: "available",
                type: "long",
                doc: "Units that were free at the decision; 0 when the SKU is unknown.",
              },
              {
                name: "reason",
                type: {
                  type: "enum",
                  name: "ShortageReason",
                  doc: "SHORT: too few units. OFF_SALE: the SKU is withdrawn. UNKNOWN: there is no such SKU. OTHER stands for a symbol newer than the reader's schema and is never written.",
                  symbols: ["OTHER", "SHORT", "OFF_SALE", "UNKNOWN"],
                  default: "OTHER",
                },
                doc: "Why the line could not be served.",
              },
            ],
          },
        },
        doc: "Every line that could not be served.",
      },
    ],
  },
};

export const OrderAwaitingPayment: EventType<OrderAwaitingPayment> = {
  name: "OrderAwaitingPayment",
  owner: "orders",
  schema: {
    type: "record",
    name: "OrderAwaitingPayment",
    namespace: "mall.orders",
    doc: "All lines are locked in stock; the order can be paid.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "userId", type: "string", doc: "The shopper whose order it is." },
      { name: "currency", type: "string", doc: "ISO 4217 code of every amount in this event, such as CNY." },
      { name: "payCents", type: "long", doc: "Amount to pay, in minor units." },
      {
        name: "payBy",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "Last moment to pay; later the order is cancelled (milliseconds since the epoch, UTC).",
      },
      {
        name: "placedAt",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "When the order was placed (milliseconds since the epoch, UTC).",
      },
      {
        name: "fromCart",
        type: "boolean",
        doc: "Whether the lines were taken from the shopper's cart, which then drops them.",
      },
      {
        name: "lines",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "OrderAwaitingPaymentLine",
            doc: "One ordered SKU and the cart line it came from.",
            fields: [
              { name: "skuId", type: "string", doc: "The SKU." },
              { name: "quantity", type: "long", doc: "Units, at least 1." },
              {
                name: "cartLineVersion",
                type: ["null", "long"],
                default: null,
                doc: "Version of the cart line when ordered; null when the client named none.",
              },
            ],
          },
        },
        doc: "Lines of the order, at least one, each SKU once.",
      },
    ],
  },
};

export const OrderCancelled: EventType<OrderCancelled> = {
  name: "OrderCancelled",
  owner: "orders",
  schema: {
    type: "record",
    name: "OrderCancelled",
    namespace: "mall.orders",
    doc: "The order has ended without delivery; this is final.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "userId", type: "string", doc: "The shopper whose order it is." },
      {
        name: "reason",
        type: {
          type: "enum",
          name: "CancelReason",
          doc: "Why an order ended: the shopper asked, the payment window passed, stock refused the lock, or stock was short after payment. OTHER stands for a symbol newer than the reader's schema and is never written.",
          symbols: ["OTHER", "SHOPPER", "PAYMENT_TIMEOUT", "STOCK_REJECTED", "STOCK_SHORTAGE"],
          default: "OTHER",
        },
        doc: "Why it ended.",
      },
      { name: "fromStatus", type: "int", doc: "Status code the order left: 0 pending payment, 1 to ship." },
      {
        name: "cancelledAt",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "When it was cancelled (milliseconds since the epoch, UTC).",
      },
    ],
  },
};

export const OrderCompleted: EventType<OrderCompleted> = {
  name: "OrderCompleted",
  owner: "orders",
  schema: {
    type: "record",
    name: "OrderCompleted",
    namespace: "mall.orders",
    doc: "The order was received; this is final.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "userId", type: "string", doc: "The shopper whose order it is." },
      {
        name: "completedAt",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "When it was completed (milliseconds since the epoch, UTC).",
      },
      {
        name: "automatic",
        type: "boolean",
        doc: "True when the time limit completed it, false when the shopper confirmed receipt.",
      },
    ],
  },
};

export const OrderPaid: EventType<OrderPaid> = {
  name: "OrderPaid",
  owner: "orders",
  schema: {
    type: "record",
    name: "OrderPaid",
    namespace: "mall.orders",
    doc: "The order is paid in full; its stock is to be deducted.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "userId", type: "string", doc: "The shopper whose order it is." },
      { name: "paymentId", type: "string", doc: "The payment that paid it." },
      { name: "currency", type: "string", doc: "ISO 4217 code of every amount in this event, such as CNY." },
      { name: "payCents", type: "long", doc: "Amount paid, in minor units." },
      {
        name: "paidAt",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "When the payment succeeded (milliseconds since the epoch, UTC).",
      },
      {
        name: "lines",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "OrderPaidLine",
            doc: "One paid SKU.",
            fields: [
              { name: "skuId", type: "string", doc: "The SKU." },
              { name: "quantity", type: "long", doc: "Units, at least 1." },
            ],
          },
        },
        doc: "Lines of the order, so that stock can lock again what it had released.",
      },
    ],
  },
};

export const OrderPlaced: EventType<OrderPlaced> = {
  name: "OrderPlaced",
  owner: "orders",
  schema: {
    type: "record",
    name: "OrderPlaced",
    namespace: "mall.orders",
    doc: "An order was accepted; its stock is not decided yet.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "orderSn", type: "string", doc: "The order's number as the shopper sees it." },
      { name: "userId", type: "string", doc: "The shopper whose order it is." },
      { name: "currency", type: "string", doc: "ISO 4217 code of every amount in this event, such as CNY." },
      { name: "totalCents", type: "long", doc: "Sum of price times quantity over all lines, in minor units." },
      {
        name: "placedAt",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "When the order was placed (milliseconds since the epoch, UTC).",
      },
      {
        name: "payBy",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "Last moment to pay; later the order is cancelled (milliseconds since the epoch, UTC).",
      },
      {
        name: "lines",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "OrderPlacedLine",
            doc: "One SKU of the order, as it was sold.",
            fields: [
              { name: "skuId", type: "string", doc: "The SKU." },
              { name: "productId", type: "string", doc: "The product the SKU belongs to." },
              { name: "quantity", type: "long", doc: "Units, at least 1." },
              { name: "priceCents", type: "long", doc: "Price of one unit at placing, in minor units." },
            ],
          },
        },
        doc: "Lines of the order, at least one, each SKU once.",
      },
    ],
  },
};

export const OrderShipped: EventType<OrderShipped> = {
  name: "OrderShipped",
  owner: "orders",
  schema: {
    type: "record",
    name: "OrderShipped",
    namespace: "mall.orders",
    doc: "The merchant handed the order to a carrier.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "userId", type: "string", doc: "The shopper whose order it is." },
      { name: "carrier", type: "string", doc: "Name of the carrier." },
      { name: "trackingNumber", type: "string", doc: "The carrier's number of the parcel." },
      {
        name: "shippedAt",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "When it was shipped (milliseconds since the epoch, UTC).",
      },
    ],
  },
};

export const RefundRequested: EventType<RefundRequested> = {
  name: "RefundRequested",
  owner: "orders",
  schema: {
    type: "record",
    name: "RefundRequested",
    namespace: "mall.orders",
    doc: "The money of one payment must go back; payment refunds it once.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "paymentId", type: "string", doc: "The payment to refund." },
      { name: "amountCents", type: "long", doc: "Amount to refund, in minor units." },
      { name: "currency", type: "string", doc: "ISO 4217 code of every amount in this event, such as CNY." },
      {
        name: "reason",
        type: {
          type: "enum",
          name: "RefundReason",
          doc: "Why money goes back: paid after cancellation, paid twice, stock short after payment, or an amount or currency other than the order's. OTHER stands for a symbol newer than the reader's schema and is never written.",
          symbols: ["OTHER", "LATE_PAYMENT", "DUPLICATE_PAYMENT", "STOCK_SHORTAGE", "AMOUNT_MISMATCH"],
          default: "OTHER",
        },
        doc: "Why it goes back.",
      },
    ],
  },
};

export const PaymentFailed: EventType<PaymentFailed> = {
  name: "PaymentFailed",
  owner: "payment",
  schema: {
    type: "record",
    name: "PaymentFailed",
    namespace: "mall.payment",
    doc: "A payment attempt failed for good; the order may be paid by another attempt.",
    fields: [
      { name: "paymentId", type: "string", doc: "The payment attempt." },
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "userId", type: "string", doc: "The shopper whose order it is." },
      {
        name: "channel",
        type: {
          type: "enum",
          name: "ChannelCode",
          doc: "The payment channel. OTHER stands for a symbol newer than the reader's schema and is never written.",
          symbols: ["OTHER", "FAKE", "ALIPAY", "WECHAT"],
          default: "OTHER",
        },
        doc: "Where it was paid.",
      },
      { name: "amountCents", type: "long", doc: "Amount of the attempt, in minor units." },
      { name: "currency", type: "string", doc: "ISO 4217 code of every amount in this event, such as CNY." },
      {
        name: "failedAt",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "When the failure was known (milliseconds since the epoch, UTC).",
      },
      { name: "failureCode", type: "string", doc: "Stable code of the failure, such as DECLINED." },
    ],
  },
};

export const PaymentSucceeded: EventType<PaymentSucceeded> = {
  name: "PaymentSucceeded",
  owner: "payment",
  schema: {
    type: "record",
    name: "PaymentSucceeded",
    namespace: "mall.payment",
    doc: "A payment attempt succeeded; the money is with us.",
    fields: [
      { name: "paymentId", type: "string", doc: "The payment attempt." },
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "userId", type: "string", doc: "The shopper whose order it is." },
      {
        name: "channel",
        type: {
          type: "enum",
          name: "ChannelCode",
          doc: "The payment channel. OTHER stands for a symbol newer than the reader's schema and is never written.",
          symbols: ["OTHER", "FAKE", "ALIPAY", "WECHAT"],
          default: "OTHER",
        },
        doc: "Where it was paid.",
      },
      { name: "amountCents", type: "long", doc: "Amount of the attempt, in minor units." },
      { name: "currency", type: "string", doc: "ISO 4217 code of every amount in this event, such as CNY." },
      {
        name: "paidAt",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "When the channel took the money (milliseconds since the epoch, UTC).",
      },
    ],
  },
};

export const RefundFailed: EventType<RefundFailed> = {
  name: "RefundFailed",
  owner: "payment",
  schema: {
    type: "record",
    name: "RefundFailed",
    namespace: "mall.payment",
    doc: "Payment gave up refunding; a person has to look.",
    fields: [
      { name: "refundId", type: "string", doc: "The refund." },
      { name: "paymentId", type: "string", doc: "The payment it gives back; at most one refund each." },
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "amountCents", type: "long", doc: "Amount of the refund, in minor units." },
      { name: "currency", type: "string", doc: "ISO 4217 code of every amount in this event, such as CNY." },
      {
        name: "reason",
        type: {
          type: "enum",
          name: "RefundReason",
          doc: "Why money goes back: paid after cancellation, paid twice, stock short after payment, or an amount or currency other than the order's. OTHER stands for a symbol newer than the reader's schema and is never written.",
          symbols: ["OTHER", "LATE_PAYMENT", "DUPLICATE_PAYMENT", "STOCK_SHORTAGE", "AMOUNT_MISMATCH"],
          default: "OTHER",
        },
        doc: "Why it was due.",
      },
      {
        name: "failureCode",
        type: ["null", "string"],
        default: null,
        doc: "Stable code of the last failure; null when the channel gave none.",
      },
    ],
  },
};

export const RefundSucceeded: EventType<RefundSucceeded> = {
  name: "RefundSucceeded",
  owner: "payment",
  schema: {
    type: "record",
    name: "RefundSucceeded",
    namespace: "mall.payment",
    doc: "The money of one payment went back.",
    fields: [
      { name: "refundId", type: "string", doc: "The refund." },
      { name: "paymentId", type: "string", doc: "The payment it gives back; at most one refund each." },
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      { name: "amountCents", type: "long", doc: "Amount of the refund, in minor units." },
      { name: "currency", type: "string", doc: "ISO 4217 code of every amount in this event, such as CNY." },
      {
        name: "reason",
        type: {
          type: "enum",
          name: "RefundReason",
          doc: "Why money goes back: paid after cancellation, paid twice, stock short after payment, or an amount or currency other than the order's. OTHER stands for a symbol newer than the reader's schema and is never written.",
          symbols: ["OTHER", "LATE_PAYMENT", "DUPLICATE_PAYMENT", "STOCK_SHORTAGE", "AMOUNT_MISMATCH"],
          default: "OTHER",
        },
        doc: "Why it was due.",
      },
    ],
  },
};

export const OrderPaymentTimedOut: EventType<OrderPaymentTimedOut> = {
  name: "OrderPaymentTimedOut",
  owner: "sweeper",
  schema: {
    type: "record",
    name: "OrderPaymentTimedOut",
    namespace: "mall.sweeper",
    doc: "The payment window seems to have passed. A suggestion: orders decides by its own clock.",
    fields: [
      { name: "orderId", type: "string", doc: "The order; key of the topic." },
      {
        name: "payBy",
        type: { type: "long", logicalType: "timestamp-millis" },
        doc: "The last moment to pay, as the order announced it (milliseconds since the epoch, UTC).",
      },
    ],
  },
};

export const AddressChanged: EventType<AddressChanged> = {
  name: "AddressChanged",
  owner: "users",
  schema: {
    type: "record",
    name: "AddressChanged",
    namespace: "mall.users",
    doc: "The whole state of a delivery address, encrypted. A tombstone removes the address.",
    fields: [
      { name: "addressId", type: "string", doc: "The address; key of the topic." },
      { name: "userId", type: "string", doc: "The user whose address it is." },
      { name: "keyId", type: "string", doc: "Id of the transport key that encrypted it." },
      {
        name: "ciphertext",
        type: "bytes",
        doc: "The address under AES-256-GCM; additional data users.address.v1:<addressId>:<userId>.",
      },
    ],
  },
};

export const UserChanged: EventType<UserChanged> = {
  name: "UserChanged",
  owner: "users",
  schema: {
    type: "record",
    name: "UserChanged",
    namespace: "mall.users",
    doc: "The state of a user that others may know; no personal data.",
    fields: [
      { name: "userId", type: "string", doc: "The user; key of the topic." },
      { name: "level", type: "int", doc: "Membership level, from 0." },
      {
        name: "status",
        type: {
          type: "enum",
          name: "UserStatus",
          doc: "ACTIVE may order, DISABLED may not, DELETED is gone for good. OTHER stands for a symbol newer than the reader's schema and is never written.",
          symbols: ["OTHER", "ACTIVE", "DISABLED", "DELETED"],
          default: "OTHER",
        },
        doc: "What the user may do.",
      },
    ],
  },
};
