import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import type { EventType, Topic } from "#platform/kafka/topic.ts";
import { AddressChanged, SkuChanged, UserChanged } from "#schemas/event-types.ts";
import { catalogSkuV1 } from "#topics/catalog.sku.v1.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { usersUserV1 } from "#topics/users.user.v1.ts";
import { anAddress, aSku } from "../order-builders.ts";
import { openTestShop, type TestShop } from "../shop-builder.ts";

let shop: TestShop;
let nextId = 100_000;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

interface Case {
  readonly topic: Topic;
  readonly type: EventType<unknown>;
  /** The value with a mark that tells versions apart. */
  value(id: string, mark: number): object;
  readonly read: string;
}

const cases: Record<string, Case> = {
  "keep SKU on SkuChanged": {
    topic: catalogSkuV1,
    type: SkuChanged,
    value: (id, mark) => aSku({ skuId: id as never, priceCents: mark }),
    read: "SELECT price_cents AS mark, deleted AS gone, sku_seq AS seq FROM oms_sku WHERE sku_id = ?",
  },
  "keep address on AddressChanged": {
    topic: usersAddressV1,
    type: AddressChanged,
    value: (id, mark) => anAddress({ addressId: id, userId: String(mark) }),
    read: "SELECT user_id AS mark, ciphertext IS NULL AS gone, address_seq AS seq FROM oms_address WHERE address_id = ?",
  },
  "keep user on UserChanged": {
    topic: usersUserV1,
    type: UserChanged,
    value: (id, mark) => ({ userId: id, level: mark, status: "ACTIVE" }),
    read: "SELECT level AS mark, status = 'DELETED' AS gone, user_seq AS seq FROM oms_user WHERE user_id = ?",
  },
};

describe.each(Object.entries(cases))("%s", (_name, { topic, type, value, read }) => {
  const deliver = (id: string, seq: number, mark: number | null): Promise<void> =>
    shop.harness.deliver(topic, type, { key: id, seq, value: mark === null ? null : value(id, mark) });
  const kept = async (id: string) => {
    const [row] = await rows<{ mark: string; gone: number; seq: number }>(shop.database.db, read, [id]);
    return row && { mark: Number(row.mark), gone: Number(row.gone), seq: row.seq };
  };
  const newId = (): string => String((nextId += 1));

  it("works, and goes on after holes in the sequence", async () => {
    const id = newId();
    await deliver(id, 1, 11);
    await deliver(id, 5, 12);
    expect(await kept(id)).toEqual({ mark: 12, gone: 0, seq: 5 });
  });

  it("does nothing when the same event comes twice", async () => {
    const id = newId();
    await deliver(id, 1, 11);
    await shop.harness.redeliver();
    await shop.harness.repeat();
    expect(await kept(id)).toEqual({ mark: 11, gone: 0, seq: 1 });
  });

  it("keeps the newest state when an older one comes late, also behind a tombstone", async () => {
    const id = newId();
    await deliver(id, 2, 12);
    await deliver(id, 1, 11);
    expect(await kept(id)).toMatchObject({ mark: 12, seq: 2 });
    await deliver(id, 3, null);
    await deliver(id, 1, 11);
    expect(await kept(id)).toMatchObject({ gone: 1, seq: 3 });
    const unknown = newId();
    await deliver(unknown, 7, null);
    await deliver(unknown, 6, 11);
    expect(await kept(unknown)).toMatchObject({ gone: 1, seq: 7 });
  });

  it.each(["before-commit", "after-commit"] as const)("loses and doubles nothing in a crash %s", async (point) => {
    const id = newId();
    shop.harness.crashAt(point);
    await expect(deliver(id, 1, 11)).rejects.toThrow("crash");
    await shop.harness.redeliver();
    expect(await kept(id)).toEqual({ mark: 11, gone: 0, seq: 1 });
  });

  it("parks an event that speaks of another id than its key", async () => {
    const id = newId();
    await shop.harness.deliver(topic, type, { key: id, seq: 1, value: value("1", 11) });
    expect(await kept(id)).toBeUndefined();
    expect(await rows(shop.database.db, "SELECT state FROM parked_event")).toEqual([{ state: "poison" }]);
    await execute(shop.database.db, "DELETE FROM parked_event");
  });
});
