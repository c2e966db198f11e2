/** Orders on a schema of its own, without Kafka and HTTP, for tests. */
import { fileURLToPath } from "node:url";
import type { Answer, Refusal } from "#platform/http/route.ts";
import { createIdempotency } from "#platform/http/idempotency.ts";
import { createIds, eventIdV7 } from "#platform/ids/ids.ts";
import { createReactionHarness, type ReactionHarness } from "#platform/testing/reaction-harness.ts";
import { openTestDatabase, type TestDatabase } from "#platform/testing/test-database.ts";
import { createRowWaiter } from "#platform/waiting/row-waiter.ts";
import { AddressChanged, SkuChanged } from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { ordersDeadLetterV1 } from "#topics/orders.dead-letter.v1.ts";
import { ordersOrderV1 } from "#topics/orders.order.v1.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { createAddressVault } from "./address-vault.ts";
import { createPartsReader } from "./order-parts.ts";
import { placeOrder, type WaitingRequest } from "./await-decision.ts";
import { anAddress, aSku, testKeys } from "./order-builders.ts";
import { orderReactions } from "./order-reactions.ts";
import { readOrders, readPulses } from "./order-store.ts";
import type { Order } from "./order.ts";
import { replicaReactions } from "./replicas/replica-reactions.ts";
import { readAddresses, readSkus } from "./replicas/replica-store.ts";
import type { OrdersDeps } from "./routes.ts";

export type Settings = Pick<OrdersDeps, "limits" | "paymentWindowMs" | "hasRoom">;

export interface TestShop {
  readonly database: TestDatabase;
  readonly harness: ReactionHarness;
  depsWith(settings?: Partial<Settings>): OrdersDeps;
  /** With defaults that can be bought. */
  place(request?: Partial<WaitingRequest>, settings?: Partial<Settings>): Promise<Answer | Refusal>;
  order(orderId: string): Promise<Order>;
  close(): Promise<void>;
}

export const cause = { correlationId: "request-1", causationId: "request-1", traceparent: "" };
export const wanted = { items: [{ skuId: "9001", quantity: 2 }], addressId: "301" };

/** With SKU 9001 on sale and address 301 of user 501. */
export async function openTestShop(): Promise<TestShop> {
  const directory = fileURLToPath(new URL("migrations", import.meta.url));
  const database = await openTestDatabase({ service: "orders", directory });
  const { db } = database;
  const sets = [orderReactions, replicaReactions];
  const topics = [ordersOrderV1, ordersDeadLetterV1, ...sets.flatMap((set) => set.from)];
  const harness = await createReactionHarness({ db, sets, topics, source: "/mall/orders" });
  const newId = createIds();
  const onError = (error: unknown): void => {
    throw error;
  };
  const waits = {
    orders: createRowWaiter({ read: (ids) => readPulses(db, ids), onError }),
    skus: createRowWaiter({ read: (ids) => readSkus(db, ids), onError }),
    addresses: createRowWaiter({ read: (ids) => readAddresses(db, ids), onError }),
  };
  const vault = createAddressVault(testKeys);
  const idempotency = createIdempotency({ db });
  await harness.deliver(catalogSkuV1, SkuChanged, { key: "9001", seq: 1, value: aSku() });
  await harness.deliver(usersAddressV1, AddressChanged, { key: "301", seq: 1, value: anAddress() });

  const depsWith = (settings: Partial<Settings> = {}): OrdersDeps => ({
    db,
    outbox: harness.outbox,
    idempotency,
    vault,
    parts: createPartsReader(),
    newId,
    waits,
    hasRoom: () => true,
    committed: () => waits.orders.wake(),
    paymentWindowMs: 1_800_000,
    limits: { maxOpenPerUser: 0, maxOpenUnitsPerSku: 0 },
    maxCancelsPerHour: 2,
    ...settings,
  });
  return {
    database,
    harness,
    depsWith,
    place(request = {}, settings = {}) {
      const defaults = { userId: "501", body: wanted, cause, waitSeconds: undefined };
      const signal = (): AbortSignal => new AbortController().signal;
      return placeOrder(depsWith(settings), { ...defaults, idempotencyKey: eventIdV7(), signal, ...request });
    },
    async order(orderId) {
      return (await readOrders(db, [orderId])).get(orderId)!;
    },
    async close() {
      Object.values(waits).forEach((waiter) => waiter.stop());
      await database.close();
    },
  };
}
