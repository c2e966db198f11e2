import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rows } from "#platform/database/database.ts";
import { createFieldCipher } from "#platform/security/field-cipher.ts";
import type { AddressChanged } from "#schemas/event-types.ts";
import { openUsers, type UsersUnderTest } from "../testing/open-users.ts";
import type { AddressView } from "./address-view.ts";

let users: UsersUnderTest;
beforeAll(async () => {
  users = await openUsers();
});
afterAll(() => users.close());

interface Page {
  items: AddressView[];
  nextCursor: string | null;
}

const PATH = "/users/me/addresses";
const anAddress = (change: object = {}) => ({
  receiver: "Canary Receiver",
  phone: "13912340001",
  region: "Shanghai",
  city: "Shanghai",
  district: "Pudong",
  street: "77 Canary Street",
  postalCode: "200120",
  isDefault: false,
  ...change,
});

async function aUser(): Promise<{ userId: string }> {
  const body = {
    username: `u-${randomUUID()}`,
    password: `pass-${randomUUID()}`,
    phone: `139${String(Date.now()).slice(-8)}`,
    email: `canary.${randomUUID()}@example.org`,
  };
  const answer = await users.call<{ userId: string }>("POST", "/auth/register", { body });
  return { userId: answer.body.userId };
}

async function add(as: { userId: string }, change: object = {}): Promise<AddressView> {
  const answer = await users.call<AddressView>("POST", PATH, { as, body: anAddress(change) });
  expect(answer.status).toBe(201);
  expect(answer.headers.get("location")).toBe(`${PATH}/${answer.body.addressId}`);
  return answer.body;
}

const eventsOf = async (addressId: string) => (await users.emitted()).filter(({ key }) => key === addressId);

describe("an address", () => {
  it("is masked everywhere but in its own place, where its owner sees it in clear", async () => {
    const as = await aUser();
    const added = await add(as);
    const masked = { receiver: "C**", phone: "139****0001", street: "77 Can****", city: "Shanghai", isDefault: false };
    expect(added).toMatchObject(masked);
    expect((await users.call<Page>("GET", PATH, { as })).body.items).toEqual([added]);
    const { body } = await users.call("GET", `${PATH}/${added.addressId}`, { as });
    expect(body).toEqual({ ...anAddress(), addressId: added.addressId });
  });

  it("travels encrypted, in the form that its readers expect, under a sequence without holes", async () => {
    const as = await aUser();
    const { addressId } = await add(as);
    await users.call("PUT", `${PATH}/${addressId}`, { as, body: anAddress({ street: "78 Canary Street" }) });
    expect((await users.call("DELETE", `${PATH}/${addressId}`, { as })).status).toBe(204);
    const events = await eventsOf(addressId);
    expect(events.map(({ headers, seq, value }) => [String(headers["ce_type"]), seq, value === null])).toEqual([
      ["mall.users.AddressChanged.v1", 1, false],
      ["mall.users.AddressChanged.v1", 2, false],
      ["mall.users.AddressChanged.v1", 3, true],
    ]);
    const changed = events[1]?.value as unknown as AddressChanged;
    expect(changed).toMatchObject({ addressId, userId: as.userId, keyId: "t1" });
    const cipher = createFieldCipher(users.transportKeys);
    const text = cipher.decrypt(Buffer.from(changed.ciphertext), `users.address.v1:${addressId}:${as.userId}`);
    const { isDefault: _isDefault, ...fields } = anAddress({ street: "78 Canary Street" });
    expect(JSON.parse(text)).toEqual(fields);
  });

  it("leaves a row without content when it is removed, for ever", async () => {
    const as = await aUser();
    const { addressId } = await add(as, { isDefault: true });
    await users.call("DELETE", `${PATH}/${addressId}`, { as });
    const [row] = await rows(users.db, "SELECT address_cipher, default_of, seq FROM ums_address WHERE address_id = ?", [
      addressId,
    ]);
    expect(row).toEqual({ address_cipher: null, default_of: null, seq: 2 });
    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? anAddress() : undefined;
      expect((await users.call(method, `${PATH}/${addressId}`, { as, body })).status).toBe(404);
    }
    expect((await users.call<Page>("GET", PATH, { as })).body.items).toEqual([]);
  });

  it("is nobody else's: all verbs answer 404 and nothing happens", async () => {
    const [owner, stranger] = [await aUser(), await aUser()];
    const { addressId } = await add(owner);
    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? anAddress({ isDefault: true }) : undefined;
      const answer = await users.call(method, `${PATH}/${addressId}`, { as: stranger, body });
      expect(answer).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    }
    expect((await users.call<Page>("GET", PATH, { as: stranger })).body.items).toEqual([]);
    expect(await eventsOf(addressId)).toHaveLength(1);
  });
});

describe("the default address", () => {
  it("is one per user, also when several become it at once, and comes first", async () => {
    const as = await aUser();
    await Promise.all([1, 2, 3, 4].map(() => add(as, { isDefault: true })));
    const last = await add(as);
    const { items } = (await users.call<Page>("GET", PATH, { as })).body;
    expect(items.map(({ isDefault }) => isDefault)).toEqual([true, false, false, false, false]);
    await users.call("PUT", `${PATH}/${last.addressId}`, { as, body: anAddress({ isDefault: true }) });
    const after = (await users.call<Page>("GET", PATH, { as })).body.items;
    expect(after.filter(({ isDefault }) => isDefault).map(({ addressId }) => addressId)).toEqual([last.addressId]);
  });
});

describe("the list", () => {
  it("comes page by page, each address once", async () => {
    const as = await aUser();
    for (let count = 0; count < 5; count += 1) await add(as, { isDefault: count === 2 });
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "?limit=2" : `?limit=2&cursor=${cursor}`;
      const page: Page = (await users.call<Page>("GET", `${PATH}${query}`, { as })).body;
      seen.push(...page.items.map(({ addressId }) => addressId));
      cursor = page.nextCursor;
    }
    expect(new Set(seen).size).toBe(5);
    expect(seen).toHaveLength(5);
    const forged = await users.call("GET", `${PATH}?cursor=${Buffer.from('["x",{}]').toString("base64url")}`, { as });
    expect(forged).toMatchObject({ status: 400, body: { code: "CURSOR_INVALID" } });
  });
});

describe("personal data", () => {
  it("is in clear in no table, the outbox included", async () => {
    const as = await aUser();
    await add(as);
    const tables = await rows<{ name: string }>(
      users.db,
      "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
    );
    for (const { name } of tables) {
      const all = (await users.db(name).select()) as Record<string, unknown>[];
      // As text of the bytes, so that a BLOB hides nothing.
      const text = all
        .flatMap((row) => Object.values(row))
        .map((value) => (Buffer.isBuffer(value) ? value.toString("latin1") : String(value)))
        .join("\n");
      expect(text, name).not.toMatch(/canary|1391234|139\d{8}/i);
    }
  });
});
