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
    const masked = { receiver: "C**", phone: "139****0001", street: "77 Can****", city: "Shanghai", isDefault: true };
    expect(added).toMatchObject(masked);
    expect((await users.call<Page>("GET", PATH, { as })).body.items).toEqual([added]);
    const { body } = await users.call("GET", `${PATH}/${added.addressId}`, { as });
    expect(body).toEqual({ ...anAddress(), isDefault: true, addressId: added.addressId });
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
    const cipher = createFieldCipher(users.keys.transportKeys);
    const text = cipher.decrypt(Buffer.from(changed.ciphertext), `users.address.v1:${addressId}:${as.userId}`);
    expect(JSON.parse(text)).toEqual(anAddress({ street: "78 Canary Street" }));
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
  const list = async (as: { userId: string }) => (await users.call<Page>("GET", PATH, { as })).body.items;
  const put = (as: { userId: string }, addressId: string, change: object) =>
    users.call<AddressView>("PUT", `${PATH}/${addressId}`, { as, body: anAddress(change) });
  const defaults = async (as: { userId: string }) =>
    (await list(as)).filter(({ isDefault }) => isDefault).map(({ addressId }) => addressId);

  it("is the first one, until another is chosen", async () => {
    const as = await aUser();
    const [first, second] = [await add(as), await add(as)];
    expect([first.isDefault, second.isDefault]).toEqual([true, false]);
    expect((await put(as, second.addressId, { isDefault: true })).body.isDefault).toBe(true);
    expect(await defaults(as)).toEqual([second.addressId]);
    expect((await add(as, { isDefault: true })).isDefault).toBe(true);
    expect(await defaults(as)).toHaveLength(1);
  });

  it("stays the default when it is changed without a word about that", async () => {
    const as = await aUser();
    const { addressId } = await add(as);
    await add(as);
    expect((await put(as, addressId, { street: "79 Canary Street" })).body.isDefault).toBe(true);
    expect(await defaults(as)).toEqual([addressId]);
  });

  it("goes to the newest other one when it is given up or removed, and stays where there is no other", async () => {
    const as = await aUser();
    const [first, second, third] = [await add(as), await add(as), await add(as)];
    expect((await put(as, first.addressId, { isDefault: false })).body.isDefault).toBe(false);
    expect(await defaults(as)).toEqual([third.addressId]);
    await users.call("DELETE", `${PATH}/${third.addressId}`, { as });
    expect(await defaults(as)).toEqual([second.addressId]);
    await users.call("DELETE", `${PATH}/${first.addressId}`, { as });
    expect((await put(as, second.addressId, { isDefault: false })).body.isDefault).toBe(true);
    await users.call("DELETE", `${PATH}/${second.addressId}`, { as });
    expect(await list(as)).toEqual([]);
    expect((await add(as)).isDefault).toBe(true);
  });

  it("is one per user, also when several become it at once, and comes first", async () => {
    const as = await aUser();
    await Promise.all([1, 2, 3, 4].map(() => add(as, { isDefault: true })));
    const last = await add(as);
    expect((await list(as)).map(({ isDefault }) => isDefault)).toEqual([true, false, false, false, false]);
    await put(as, last.addressId, { isDefault: true });
    expect(await defaults(as)).toEqual([last.addressId]);
  });

  it("is one after any order of adding and removing at once", async () => {
    const as = await aUser();
    const added = await Promise.all([1, 2, 3, 4, 5, 6].map(() => add(as)));
    await Promise.all(added.slice(0, 3).map(({ addressId }) => users.call("DELETE", `${PATH}/${addressId}`, { as })));
    expect(await defaults(as)).toHaveLength(1);
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
