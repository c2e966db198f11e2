import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CompactedOwner } from "#platform/outbox/repair-compacted-topic.ts";
import { createFieldCipher } from "#platform/security/field-cipher.ts";
import { ownerOfAccounts } from "./accounts/tell-accounts-again.ts";
import { ownerOfAddresses } from "./addresses/tell-addresses-again.ts";
import { openUsers, type UsersUnderTest } from "./testing/open-users.ts";

let users: UsersUnderTest;
let accounts: CompactedOwner;
let addresses: CompactedOwner;
beforeAll(async () => {
  users = await openUsers();
  accounts = ownerOfAccounts(users.deps);
  addresses = ownerOfAddresses(users.deps);
});
afterAll(() => users.close());

const PATH = "/users/me/addresses";
const address = {
  receiver: "Ann",
  phone: "13912340001",
  region: "A",
  city: "B",
  district: "C",
  street: "7 Long Street",
};

async function aUser() {
  const body = { username: `u-${randomUUID()}`, password: `pass-${randomUUID()}` };
  const { userId } = (await users.call<{ userId: string }>("POST", "/auth/register", { body })).body;
  const added = await users.call<{ addressId: string }>("POST", PATH, { as: { userId }, body: address });
  return { as: { userId }, userId, addressId: added.body.addressId };
}

const eventsOf = async (topic: string, key: string) =>
  (await users.emitted()).filter((event) => event.topic === topic && event.key === key);

async function allKeys(owner: CompactedOwner): Promise<Map<string, number>> {
  const keys = new Map<string, number>();
  for (let after: string | undefined; ;) {
    const page = await owner.readPage(after, 2);
    for (const { key, seq } of page) keys.set(key, seq);
    if (page.length === 0) return keys;
    after = page.at(-1)?.key;
  }
}

describe("the owner of users.user.v1", () => {
  it("tells an account as it is under the next sequence, once, and not one that has moved on", async () => {
    const { userId } = await aUser();
    expect((await allKeys(accounts)).get(userId)).toBe(1);
    expect(await accounts.emitAgain([{ key: userId, seq: 2 }])).toBe(0);
    const stale = [{ key: userId, seq: 1 }];
    const told = await Promise.all([accounts.emitAgain(stale), accounts.emitAgain(stale)]);
    expect(told[0]! + told[1]!).toBe(1);
    const events = await eventsOf("users.user.v1", userId);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(events[1]?.value).toEqual({ userId, level: 0, status: "ACTIVE" });
    expect((await allKeys(accounts)).get(userId)).toBe(2);
  });
});

describe("the owner of users.address.v1", () => {
  it("tells an address as it is, so that its readers can open it", async () => {
    const { as, userId, addressId } = await aUser();
    expect(
      await addresses.emitAgain([
        { key: addressId, seq: 1 },
        { key: "1", seq: 1 },
      ]),
    ).toBe(1);
    expect(await addresses.emitAgain([{ key: addressId, seq: 1 }])).toBe(0);
    const events = await eventsOf("users.address.v1", addressId);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2]);
    const { ciphertext } = events[1]!.value as unknown as { ciphertext: Buffer };
    const cipher = createFieldCipher(users.keys.transportKeys);
    const text = cipher.decrypt(Buffer.from(ciphertext), `users.address.v1:${addressId}:${userId}`);
    expect(JSON.parse(text)).toEqual({ ...address, postalCode: null });
    expect((await users.call("PUT", `${PATH}/${addressId}`, { as, body: address })).status).toBe(200);
    expect((await eventsOf("users.address.v1", addressId)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("tells a removed one by a tombstone, also long after", async () => {
    const { as, addressId } = await aUser();
    await users.call("DELETE", `${PATH}/${addressId}`, { as });
    expect((await allKeys(addresses)).get(addressId)).toBe(2);
    expect(await addresses.emitAgain([{ key: addressId, seq: 2 }])).toBe(1);
    const events = await eventsOf("users.address.v1", addressId);
    expect(events.map(({ seq, value }) => [seq, value === null])).toEqual([
      [1, false],
      [2, true],
      [3, true],
    ]);
  });
});
