/** For tests: the sweeper on a schema of its own. */
import { fileURLToPath } from "node:url";
import { execute } from "#platform/database/database.ts";
import { createIds } from "#platform/ids/ids.ts";
import { createLease } from "#platform/outbox/lease.ts";
import { createReactionHarness, type Delivery, type ReactionHarness } from "#platform/testing/reaction-harness.ts";
import { openTestDatabase, type TestDatabase } from "#platform/testing/test-database.ts";
import { OrderCancelled, OrderPaid, OrderPlaced } from "#schemas/event-types.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { sweeperDeadLetterV1 } from "#topics/sweeper.dead-letter.v1.ts";
import { sweeperTimeoutV1 } from "#topics/sweeper.timeout.v1.ts";
import type { SweepDeps } from "./sweep-overdue-orders.ts";
import { sweeperReactions } from "./sweeper-reactions.ts";

export const newId = createIds();
export const MINUTE_MS = 60_000;

export interface SweeperBench {
  readonly db: TestDatabase["db"];
  readonly harness: ReactionHarness;
  /** What an instance of this name sweeps with, on a pool of its own. */
  instance(name: string): SweepDeps;
  /** So much time passes for every open order. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

export async function openSweeperBench(): Promise<SweeperBench> {
  const directory = fileURLToPath(new URL("./migrations", import.meta.url));
  const database = await openTestDatabase({ service: "sweeper", directory });
  const { db } = database;
  const topics = [ordersOrderV1, sweeperTimeoutV1, sweeperDeadLetterV1];
  const harness = await createReactionHarness({ db, sets: [sweeperReactions], topics, source: "/mall/sweeper" });
  return {
    db,
    harness,
    instance(name) {
      const pool = database.connect();
      const lease = createLease(pool, "sweep", name);
      const { outbox } = harness;
      return { db: pool, outbox, lease, poke: () => {}, hasRoom: () => true, stopping: () => false };
    },
    pass: async (ms) =>
      void (await execute(db, "UPDATE sweeper_order SET next_suggest_at = next_suggest_at - INTERVAL ? MICROSECOND", [
        ms * 1_000,
      ])),
    close: () => database.close(),
  };
}

/** OrderPlaced with its last moment to pay in `dueInMs` from now. */
export function placed(orderId: string, dueInMs: number, seq = 1): Delivery {
  const payBy = Date.now() + dueInMs;
  const value = { orderId, orderSn: "1", userId: "2", currency: "CNY", totalCents: 1, placedAt: 1, payBy, lines: [] };
  return { topic: ordersOrderV1, type: OrderPlaced, key: orderId, seq, value };
}

export function paid(orderId: string, seq = 3): Delivery {
  const value = { orderId, userId: "2", paymentId: "3", currency: "CNY", payCents: 1, paidAt: 1, lines: [] };
  return { topic: ordersOrderV1, type: OrderPaid, key: orderId, seq, value };
}

export function cancelled(orderId: string, seq = 3): Delivery {
  const value = { orderId, userId: "2", reason: "SHOPPER", fromStatus: 0, cancelledAt: 1 };
  return { topic: ordersOrderV1, type: OrderCancelled, key: orderId, seq, value };
}
