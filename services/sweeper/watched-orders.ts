/** The orders of one batch of events, as rows in memory. */
import type { BatchState, Seen } from "#platform/consumer/reaction.ts";

export interface WatchedOrder {
  readonly orderId: string;
  /** null: closed before it was seen open. */
  readonly payBy: Date | null;
  readonly state: "OPEN" | "CLOSED";
  readonly seen: Seen | undefined;
}

export class WatchedOrders implements BatchState {
  readonly #rows: Map<string, WatchedOrder>;
  readonly #changed = new Set<string>();

  constructor(loaded: readonly WatchedOrder[]) {
    this.#rows = new Map(loaded.map((row) => [row.orderId, row]));
  }

  /** Starts to watch an order; one that was closed before stays closed. */
  open(orderId: string, payBy: Date): void {
    if (this.#rows.has(orderId)) return;
    this.#rows.set(orderId, { orderId, payBy, state: "OPEN", seen: undefined });
  }

  /** Ends the watch for ever; an order never seen open is remembered as closed. */
  close(orderId: string): void {
    const row = this.#rows.get(orderId) ?? { orderId, payBy: null, seen: undefined };
    this.#rows.set(orderId, { ...row, state: "CLOSED" });
  }

  seen(_topic: string, key: string): Seen | undefined {
    return this.#rows.get(key)?.seen;
  }

  markSeen(_topic: string, key: string, seen: Seen): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.set(key, { ...row, seen });
    this.#changed.add(key);
  }

  changed(): WatchedOrder[] {
    return [...this.#changed].flatMap((key) => this.#rows.get(key) ?? []);
  }
}
