/** The cart lines that the orders of one batch may have come from, as rows in memory. */
import type { BatchState, Seen } from "#platform/consumer/reaction.ts";

export interface OrderedLine {
  readonly userId: string;
  readonly skuId: string;
  readonly quantity: number;
  readonly lineVersion: number;
  readonly changedAt: Date;
}

export interface OrderRow {
  readonly orderId: string;
  readonly seen: Seen | undefined;
}

export class OrderedLines implements BatchState {
  readonly #lines: Map<string, OrderedLine>;
  readonly #orders: Map<string, OrderRow>;
  readonly #changedLines = new Set<string>();
  readonly #changedOrders = new Set<string>();

  constructor(loaded: { lines: readonly OrderedLine[]; orders: readonly OrderRow[] }) {
    this.#lines = new Map(loaded.lines.map((line) => [`${line.userId} ${line.skuId}`, line]));
    this.#orders = new Map(loaded.orders.map((order) => [order.orderId, order]));
  }

  line(userId: string, skuId: string): OrderedLine | undefined {
    return this.#lines.get(`${userId} ${skuId}`);
  }

  /** The shopper did not touch the line, so its version stays. */
  keep(line: OrderedLine, quantity: number): void {
    const key = `${line.userId} ${line.skuId}`;
    this.#lines.set(key, { ...line, quantity });
    this.#changedLines.add(key);
  }

  /** Orders that did not come from a cart need no row: a repeat of theirs changes nothing either. */
  remember(orderId: string): void {
    if (!this.#orders.has(orderId)) this.#orders.set(orderId, { orderId, seen: undefined });
  }

  seen(_topic: string, key: string): Seen | undefined {
    return this.#orders.get(key)?.seen;
  }

  markSeen(_topic: string, key: string, seen: Seen): void {
    if (!this.#orders.has(key)) return;
    this.#orders.set(key, { orderId: key, seen });
    this.#changedOrders.add(key);
  }

  changedLines(): OrderedLine[] {
    return [...this.#changedLines].flatMap((key) => this.#lines.get(key) ?? []);
  }

  changedOrders(): OrderRow[] {
    return [...this.#changedOrders].flatMap((key) => this.#orders.get(key) ?? []);
  }
}
