import type { DemoOrder } from "./place-demo-order.ts";

/** The life of an order, a line per fact, in milliseconds since it was placed. */
export function orderTimeline(order: DemoOrder): string[] {
  const placedAt = Date.parse(order.history[0]?.at ?? "");
  const head = `order ${order.orderSn}: ${order.statusName}, stock ${order.stock}, ${money(order)}`;
  const facts = order.history.map(({ at, event, reason }) => {
    const since = `+${Date.parse(at) - placedAt} ms`;
    return `  ${since.padStart(10)}  ${event}${reason ? ` (${reason})` : ""}`;
  });
  return [head, ...facts];
}

function money({ payCents, totalCents, currency }: DemoOrder): string {
  return `${((payCents ?? totalCents) / 100).toFixed(2)} ${currency}`;
}
