import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rows } from "#platform/database/database.ts";
import type { Delivery } from "#platform/testing/reaction-harness.ts";
import { cancelled, MINUTE_MS, newId, openSweeperBench, paid, placed, type SweeperBench } from "./sweeper-builder.ts";

let bench: SweeperBench;
beforeAll(async () => {
  bench = await openSweeperBench();
});
afterAll(() => bench.close());

const deliver = (...events: Delivery[]) => bench.harness.deliverBatch(events);
async function stateOf(orderId: string): Promise<string | undefined> {
  const [row] = await rows<{ state: string }>(bench.db, "SELECT state FROM sweeper_order WHERE order_id = ?", [
    orderId,
  ]);
  return row?.state;
}

/** The process dies before, and then after, the commit, and both times starts again. */
async function deliverThroughCrashes(...events: Delivery[]): Promise<void> {
  bench.harness.crashAt("before-commit");
  await expect(deliver(...events)).rejects.toThrow("crash before-commit");
  bench.harness.crashAt("after-commit");
  await expect(bench.harness.redeliver()).rejects.toThrow("crash after-commit");
  await bench.harness.redeliver();
}

describe("remember pay-by on OrderPlaced", () => {
  test("watches the order until its last moment to pay", async () => {
    const event = placed(newId(), 30 * MINUTE_MS);
    await deliver(event);
    const [row] = await rows<object>(bench.db, "SELECT * FROM sweeper_order WHERE order_id = ?", [event.key]);
    const payBy = new Date((event.value as { payBy: number }).payBy);
    expect(row).toMatchObject({ state: "OPEN", pay_by: payBy, next_suggest_at: payBy, seq: 0, orders_seq: 1 });
  });

  test("the same event twice changes nothing", async () => {
    const orderId = newId();
    await deliver(placed(orderId, MINUTE_MS));
    await deliver(paid(orderId));
    await deliver(placed(orderId, MINUTE_MS));
    expect(await stateOf(orderId)).toBe("CLOSED");
  });

  test("late, after the end of the order: it stays closed", async () => {
    const orderId = newId();
    await deliver(cancelled(orderId, 2));
    await deliver(placed(orderId, MINUTE_MS, 1));
    expect(await stateOf(orderId)).toBe("CLOSED");
  });

  test("a crash around the commit loses and doubles nothing", async () => {
    const orderId = newId();
    await deliverThroughCrashes(placed(orderId, MINUTE_MS));
    expect(await stateOf(orderId)).toBe("OPEN");
  });
});

describe.each([
  ["close on OrderPaid", paid],
  ["close on OrderCancelled", cancelled],
])("%s", (_, ends) => {
  test("ends the watch, also in the batch in which it began", async () => {
    const [one, other] = [newId(), newId()];
    await deliver(placed(one, MINUTE_MS), placed(other, MINUTE_MS), ends(other));
    await deliver(ends(one));
    expect(await stateOf(one)).toBe("CLOSED");
    expect(await stateOf(other)).toBe("CLOSED");
  });

  test("the same event twice changes nothing", async () => {
    const orderId = newId();
    await deliver(placed(orderId, MINUTE_MS), ends(orderId));
    await bench.harness.repeat();
    expect(await stateOf(orderId)).toBe("CLOSED");
  });

  test("of an order never heard of leaves a closed row", async () => {
    const orderId = newId();
    await deliver(ends(orderId));
    expect(await stateOf(orderId)).toBe("CLOSED");
  });

  test("a crash around the commit loses and doubles nothing", async () => {
    const orderId = newId();
    await deliver(placed(orderId, MINUTE_MS));
    await deliverThroughCrashes(ends(orderId));
    expect(await stateOf(orderId)).toBe("CLOSED");
    expect(await bench.harness.emitted()).toEqual([]);
  });
});
