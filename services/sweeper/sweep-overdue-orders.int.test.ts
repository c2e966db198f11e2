import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventIdV5 } from "#platform/ids/ids.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { createLogger } from "#platform/logging/logger.ts";
import { startSweeping } from "./start-sweeping.ts";
import { sweepOverdueOrders } from "./sweep-overdue-orders.ts";
import { cancelled, MINUTE_MS, newId, openSweeperBench, paid, placed, type SweeperBench } from "./sweeper-builder.ts";

const SWEEP_MS = 5 * MINUTE_MS;
const log = createLogger({ service: "test", instance: "test", level: "silent" });

let bench: SweeperBench;
beforeEach(async () => {
  bench = await openSweeperBench();
});
afterEach(() => bench.close());

const suggested = async () => (await bench.harness.emitted()).map(({ key, seq }) => `${key} ${seq}`);

describe("sweeping overdue orders", () => {
  test("suggests what is open and overdue, and nothing else", async () => {
    const [overdue, inTime, wasPaid, wasCancelled] = [newId(), newId(), newId(), newId()];
    const orders = [placed(overdue, -1), placed(inTime, MINUTE_MS), placed(wasPaid, -1), placed(wasCancelled, -1)];
    await bench.harness.deliverBatch([...orders, paid(wasPaid), cancelled(wasCancelled)]);
    expect(await sweepOverdueOrders(bench.instance("a"), SWEEP_MS)).toBe(1);
    const [event] = await bench.harness.emitted();
    expect(event).toMatchObject({ topic: "sweeper.timeout.v1", name: "OrderPaymentTimedOut", key: overdue, seq: 1 });
    expect(event?.headers["ce_id"]).toBe(eventIdV5(overdue, "timeout:1"));
  });

  test("asks again until the order is closed: after one sweep, 2, 4, 8, 16, 32 and 32", async () => {
    const orderId = newId();
    await bench.harness.deliverBatch([placed(orderId, -1)]);
    const instance = bench.instance("a");
    for (const [nth, sweeps] of [1, 2, 4, 8, 16, 32, 32].entries()) {
      expect(await sweepOverdueOrders(instance, SWEEP_MS)).toBe(1);
      await bench.pass(sweeps * SWEEP_MS - 10_000);
      expect(await sweepOverdueOrders(instance, SWEEP_MS)).toBe(0);
      await bench.pass(10_000);
      expect((await suggested()).length).toBe(nth + 1);
    }
    await bench.harness.deliverBatch([cancelled(orderId)]);
    expect(await sweepOverdueOrders(instance, SWEEP_MS)).toBe(0);
    expect(await suggested()).toEqual([1, 2, 3, 4, 5, 6, 7].map((seq) => `${orderId} ${seq}`));
  });

  test("race 20: after hours of downtime one sweep catches up, the oldest first", async () => {
    const hoursOld = Array.from({ length: 2_500 }, (_, n) => placed(newId(), -3_600_000 - n));
    await bench.harness.deliverBatch(hoursOld);
    expect(await sweepOverdueOrders(bench.instance("a"), SWEEP_MS)).toBe(2_500);
    const keys = (await bench.harness.emitted()).map(({ key }) => key);
    const oldest = hoursOld.toReversed().map(({ key }) => key);
    expect(new Set(keys.slice(0, 1_000))).toEqual(new Set(oldest.slice(0, 1_000)));
    expect(new Set(keys.slice(2_000))).toEqual(new Set(oldest.slice(2_000)));
  });

  test("race 19: two sweepers at once suggest each order once, with or without the lease", async () => {
    await bench.harness.deliverBatch(Array.from({ length: 1_500 }, () => placed(newId(), -1)));
    const [one, other] = [bench.instance("a"), bench.instance("b")];
    const lease = { held: async () => true, release: async () => {} };
    const counts = await Promise.all([
      sweepOverdueOrders({ ...one, lease }, SWEEP_MS),
      sweepOverdueOrders({ ...other, lease }, SWEEP_MS),
    ]);
    expect(counts[0] + counts[1]).toBe(1_500);
    expect(new Set(await suggested()).size).toBe(1_500);
    await bench.pass(SWEEP_MS);
    const leased = await Promise.all([sweepOverdueOrders(one, SWEEP_MS), sweepOverdueOrders(other, SWEEP_MS)]);
    expect(leased).toContain(0);
    expect(leased).toContain(1_500);
  });

  test("a sweep that dies is taken up where it was: nothing is lost, sequences have no gap", async () => {
    await bench.harness.deliverBatch(Array.from({ length: 1_200 }, () => placed(newId(), -1)));
    const instance = bench.instance("a");
    let pages = 0;
    const dying = {
      ...instance.outbox,
      append: (...args: Parameters<typeof instance.outbox.append>) => {
        pages += 1;
        return pages === 2 ? Promise.reject(new Error("killed")) : instance.outbox.append(...args);
      },
    };
    await expect(sweepOverdueOrders({ ...instance, outbox: dying }, SWEEP_MS)).rejects.toThrow("killed");
    expect(await sweepOverdueOrders(instance, SWEEP_MS)).toBe(200);
    expect((await bench.harness.emitted()).every(({ seq }) => seq === 1)).toBe(true);
    expect(new Set(await suggested()).size).toBe(1_200);
  });

  test("waits while the outbox is full", async () => {
    await bench.harness.deliverBatch([placed(newId(), -1)]);
    let asked = 0;
    const hasRoom = () => (asked += 1) > 2;
    expect(await sweepOverdueOrders({ ...bench.instance("a"), hasRoom }, SWEEP_MS)).toBe(1);
    expect(asked).toBe(4);
  });
});

describe("the schedule", () => {
  test("sweeps once soon after the start, and then by the clock; one sweep is the time between two ticks", async () => {
    const sweeps: number[] = [];
    const sweeping = startSweeping({ cron: "*/1 * * * * *", log, sweep: async (ms) => sweeps.push(ms) });
    await eventually(() => sweeps.length >= 2, { withinMs: 5_000, what: "two sweeps" });
    await sweeping.stop();
    expect(new Set(sweeps)).toEqual(new Set([1_000]));
  });

  test("goes on after a sweep that failed, and refuses an expression that is none", async () => {
    let tries = 0;
    const sweep = async () => {
      tries += 1;
      throw new Error("no database");
    };
    const sweeping = startSweeping({ cron: "* * * * * *", log, sweep });
    await eventually(() => tries >= 2, { withinMs: 5_000, what: "a second try" });
    await sweeping.stop();
    expect(() => startSweeping({ cron: "every day", log, sweep })).toThrow("expected 5 or 6 fields");
  });
});
