/** The orders of one batch of events: loaded and locked, changed in memory by reactions, then saved as a whole. */
import type { BatchState, IncomingEvent, Seen } from "#platform/consumer/reaction.ts";
import { uuidBytes, uuidText } from "#platform/ids/uuid-bytes.ts";
import type { OutgoingEvent } from "#platform/outbox/outgoing.ts";
import { requireKey } from "#platform/consumer/event-checks.ts";
import { type HistoryRow, numbered } from "./order-events.ts";
import type { Change, Order, OrderLine } from "./order.ts";

export type TopicShort = "stock" | "payment" | "timeout";

export interface OrderBatch extends BatchState {
  /**
   * Applies a transition to the event's order and returns what is to be told; nothing for an order that does not exist.
   * Throws EVENT_INVALID when the event speaks of another order than its key.
   */
  change(
    event: IncomingEvent<{ readonly orderId: string }>,
    now: Date,
    transition: (order: Order) => Change,
  ): readonly OutgoingEvent[];
  readonly changed: ReadonlyMap<string, Order>;
  readonly history: readonly HistoryRow[];
}

/** `shortOf` gives a topic's short name, as in the columns that keep its sequence. */
export function createOrderBatch(fields: {
  readonly orders: readonly Order[];
  readonly lines: ReadonlyMap<string, readonly OrderLine[]>;
  readonly shortOf: ReadonlyMap<string, TopicShort>;
}): OrderBatch {
  const orders = new Map<string, Order>(fields.orders.map((order) => [order.orderId, order]));
  const changed = new Map<string, Order>();
  const history: HistoryRow[] = [];

  function put(order: Order): void {
    orders.set(order.orderId, order);
    changed.set(order.orderId, order);
  }

  return {
    changed,
    history,
    change(event, now, transition) {
      requireKey(event.value.orderId, event.key);
      const order = orders.get(event.key);
      if (!order) return [];
      const result = numbered(transition(order), fields.lines.get(event.key) ?? [], now);
      put(result.order);
      history.push(...result.history);
      return result.events;
    },
    seen(topic, key): Seen | undefined {
      const short = fields.shortOf.get(topic)!;
      const eventId = orders.get(key)?.[`${short}EventId`];
      return eventId ? { seq: orders.get(key)![`${short}Seq`], eventId: uuidText(eventId) } : undefined;
    },
    markSeen(topic, key, { seq, eventId }) {
      const order = orders.get(key);
      const short = fields.shortOf.get(topic)!;
      if (order) put({ ...order, [`${short}Seq`]: seq, [`${short}EventId`]: uuidBytes(eventId) });
    },
  };
}
