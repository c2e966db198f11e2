import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import { createFieldCipher, type KeyRing } from "#platform/security/field-cipher.ts";
import { findByLoginName } from "../accounts/account-store.ts";
import { registerAccount } from "../accounts/register-account.ts";
import { updateProfile } from "../accounts/update-profile.ts";
import { createAddressEvents } from "../addresses/address-events.ts";
import { readAddress } from "../addresses/read-addresses.ts";
import { createPersonalData, type PersonalData } from "../personal-data.ts";
import { createRefreshTokens } from "../sessions/refresh-token.ts";
import { aKeyRing, openUsers, type UsersUnderTest } from "../testing/open-users.ts";
import { reindexContacts, retellAddresses, rewrapDataKeys } from "./rotate-keys.ts";

let users: UsersUnderTest;
beforeAll(async () => {
  users = await openUsers();
});
afterAll(() => users.close());

const cause = { correlationId: "rotation", causationId: "rotation", traceparent: "" };
const street = "7 Canary Street";
const aPhone = () => `136${String(randomInt(1e8)).padStart(8, "0")}`;
const goOn = async () => true;

async function aUser() {
  const account = { username: `u-${randomUUID()}`, password: `pass-${randomUUID()}`, phone: aPhone() };
  const { userId } = (await users.call<{ userId: string }>("POST", "/auth/register", { body: account })).body;
  const address = { receiver: "Ann", phone: aPhone(), region: "A", city: "B", district: "C", street };
  const path = "/users/me/addresses";
  const { body } = await users.call<{ addressId: string }>("POST", path, { as: { userId }, body: address });
  return { ...account, userId, addressId: body.addressId };
}

function withNewKey(ring: KeyRing, id: string): { both: KeyRing; newOnly: KeyRing } {
  const newOnly = aKeyRing(id);
  return { newOnly, both: { current: id, keys: new Map([...ring.keys, ...newOnly.keys]) } };
}

function rotation(personalData: PersonalData, mayGoOn = goOn) {
  return { db: users.db, log: users.log, personalData, mayGoOn };
}

describe("a new master key", () => {
  it("wraps every data key anew, and the old one is needed no more", async () => {
    const user = await aUser();
    const { blindIndexKey, masterKeys } = users.keys;
    const { both, newOnly } = withNewKey(masterKeys, "m2");
    const personalData = createPersonalData({ blindIndexKey, masterKeys: both });
    const [{ total } = { total: 0 }] = await rows<{ total: number }>(users.db, "SELECT COUNT(*) AS total FROM pii_key");
    const read = (from: PersonalData) =>
      readAddress({ db: users.db, personalData: from }, user.userId, user.addressId).then(
        (found) => found?.fields.street,
      );
    const onlyNew = createPersonalData({ blindIndexKey, masterKeys: newOnly });
    expect(await read(personalData)).toBe(street);
    await expect(read(onlyNew)).rejects.toMatchObject({ code: "CIPHERTEXT_INVALID" });

    expect(await rewrapDataKeys(rotation(personalData, async () => false))).toBe(0);
    expect(await rewrapDataKeys(rotation(personalData))).toBe(Number(total));
    expect(await rewrapDataKeys(rotation(personalData))).toBe(0);
    expect(await read(onlyNew)).toBe(street);
    // Back under the key that the service under test has, for the tests after this one.
    const back = createPersonalData({ blindIndexKey, masterKeys: { ...both, current: masterKeys.current } });
    expect(await rewrapDataKeys(rotation(back))).toBe(Number(total));
  });

  it("is not kept from the others by one key that cannot be opened", async () => {
    const [damaged, whole] = [await aUser(), await aUser()];
    const keyOf = async (userId: string) =>
      (await rows<{ key: Buffer }>(users.db, "SELECT wrapped_key AS `key` FROM pii_key WHERE user_id = ?", [userId]))[0]
        ?.key;
    const good = await keyOf(damaged.userId);
    const replace = (key: Buffer | undefined) =>
      execute(users.db, "UPDATE pii_key SET wrapped_key = ? WHERE user_id = ?", [key, damaged.userId]);
    await replace(await keyOf(whole.userId));
    const { blindIndexKey, masterKeys } = users.keys;
    const { both } = withNewKey(masterKeys, "m3");
    const wrapped = await rewrapDataKeys(rotation(createPersonalData({ blindIndexKey, masterKeys: both })));
    expect(wrapped).toBeGreaterThan(0);
    expect(users.lines.some((line) => line.includes("left out of the rotation") && line.includes(damaged.userId))).toBe(
      true,
    );
    await replace(good);
    const back = { ...both, current: masterKeys.current };
    await rewrapDataKeys(rotation(createPersonalData({ blindIndexKey, masterKeys: back })));
  });
});

describe("a new index key", () => {
  const setUp = async () => {
    const user = await aUser();
    const { blindIndexKey, masterKeys } = users.keys;
    const newKey = randomBytes(32);
    return {
      user,
      both: createPersonalData({ masterKeys, blindIndexKey: newKey, otherBlindIndexKey: blindIndexKey }),
      newOnly: createPersonalData({ masterKeys, blindIndexKey: newKey }),
      back: createPersonalData({ masterKeys, blindIndexKey, otherBlindIndexKey: newKey }),
      newKey,
    };
  };
  const find = async (personalData: PersonalData, phone: string) =>
    (await findByLoginName(users.db, { kind: "phone", keys: personalData.phoneIndex(phone) }))?.userId;

  it("finds everybody while both keys are known, and alone once all are indexed anew", async () => {
    const { user, both, newOnly, back } = await setUp();
    expect(await find(both, user.phone)).toBe(user.userId);
    expect(await find(newOnly, user.phone)).toBeUndefined();
    expect(await reindexContacts(rotation(both))).toBeGreaterThan(0);
    expect(await reindexContacts(rotation(both))).toBe(0);
    expect(await find(newOnly, user.phone)).toBe(user.userId);
    expect(await find(back, user.phone)).toBe(user.userId);
    await reindexContacts(rotation(back));
  });

  it("lets nobody take a phone number that is still indexed by the old one", async () => {
    const { user, both } = await setUp();
    const deps = { ...users.deps, personalData: both };
    const other = {
      username: `u-${randomUUID()}`,
      password: `pass-${randomUUID()}`,
      email: null,
      role: "shopper",
    } as const;
    expect(await registerAccount(deps, { ...other, phone: user.phone }, cause)).toEqual({ refused: "ACCOUNT_EXISTS" });
    const second = await aUser();
    expect(await updateProfile(deps, second.userId, { phone: user.phone })).toEqual({ refused: "ACCOUNT_EXISTS" });
    expect(await updateProfile(deps, user.userId, { phone: user.phone })).toMatchObject({ userId: user.userId });
  });

  it("takes refresh tokens made with the old one, and makes its own", async () => {
    const { newKey } = await setUp();
    const family = { sessionId: "1", seed: randomBytes(16) };
    const old = createRefreshTokens(users.keys.blindIndexKey);
    const both = createRefreshTokens(newKey, users.keys.blindIndexKey);
    const parts = (text: string) => ({
      sessionId: "1",
      generation: 1,
      hash: Buffer.from(String(text.split(".")[3]), "base64url"),
    });
    expect(both.isGenuine(parts(old.make(family, 1)), family.seed)).toBe(true);
    expect(both.isGenuine(parts(both.make(family, 1)), family.seed)).toBe(true);
    expect(old.isGenuine(parts(both.make(family, 1)), family.seed)).toBe(false);
  });
});

describe("a new transport key", () => {
  it("sends every address again, the removed ones not, and says so once", async () => {
    const [user, gone] = [await aUser(), await aUser()];
    await users.call("DELETE", `/users/me/addresses/${gone.addressId}`, { as: { userId: gone.userId } });
    const { both, newOnly } = withNewKey(users.keys.transportKeys, "t2");
    const deps = { ...users.deps, ...rotation(users.deps.personalData), addressEvents: createAddressEvents(both) };
    expect(await retellAddresses({ ...deps, hasRoom: () => false })).toBe(0);
    expect(await retellAddresses({ ...deps, hasRoom: () => true })).toBeGreaterThan(0);
    expect(await retellAddresses({ ...deps, hasRoom: () => true })).toBe(0);

    const events = (await users.emitted()).filter(({ key }) => key === user.addressId);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2]);
    const { keyId, ciphertext } = events[1]!.value as unknown as { keyId: string; ciphertext: Buffer };
    expect(keyId).toBe("t2");
    const text = createFieldCipher(newOnly).decrypt(
      Buffer.from(ciphertext),
      `users.address.v1:${user.addressId}:${user.userId}`,
    );
    expect(JSON.parse(text)).toMatchObject({ street });
    expect((await users.emitted()).filter(({ key }) => key === gone.addressId).at(-1)?.value).toBeNull();
  });
});
