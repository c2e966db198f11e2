import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import type { Answer } from "#platform/http/route.ts";
import { createFieldCipher, type KeyRing } from "#platform/security/field-cipher.ts";
import { AddressChanged } from "#schemas/event-types.ts";
import { usersAddressV1 } from "#topics/users.address.v1.ts";
import { type AddressVault, createAddressVault } from "./address-vault.ts";
import { clearAddress, testKeys } from "./order-builders.ts";
import type { OrderJson } from "./order-json.ts";
import { rewrapKeys } from "./rewrap-keys.ts";
import { openTestShop, type TestShop, wanted } from "./shop-builder.ts";
import { readSealedAddresses } from "./shopper-store.ts";

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const placed = async (): Promise<string> => ((await shop.place()) as Answer & { body: OrderJson }).body.orderId;
const key = randomBytes(32);
/** The next key comes, the old one stays until all is rewrapped, then goes. */
const both: KeyRing = { current: "m2", keys: new Map([...testKeys.master.keys, ["m2", key]]) };
const onlyNew: KeyRing = { current: "m2", keys: new Map([["m2", key]]) };
const vaultWith = (master: KeyRing): AddressVault => createAddressVault({ transport: testKeys.transport, master });
const opened = async (orderId: string, master: KeyRing) =>
  vaultWith(master).open(orderId, (await readSealedAddresses(shop.database.db, [orderId])).get(orderId)!);
const rotate = (mayGoOn = async () => true): Promise<number> =>
  rewrapKeys({ db: shop.database.db, vault: vaultWith(both), mayGoOn });

describe("rotation of the master key", () => {
  it("leaves every snapshot readable at every step, and needs the old key no more at its end", async () => {
    const orderId = await placed();
    expect(await opened(orderId, both)).toEqual(clearAddress);
    await expect(opened(orderId, onlyNew)).rejects.toMatchObject({ cause: { code: "CIPHERTEXT_INVALID" } });
    expect(await rotate()).toBe(1);
    expect(await opened(orderId, onlyNew)).toEqual(clearAddress);
    expect(await rotate()).toBe(0);
  });

  it("goes through more than one page, and stops when it may not go on", async () => {
    const { db } = shop.database;
    const old = vaultWith(testKeys.master);
    const ids = Array.from({ length: 1_200 }, (_, index) => String(100_000 + index));
    for (const id of ids) {
      await execute(db, "INSERT INTO pii_key (user_id, wrapped_key) VALUES (?, ?)", [id, old.newWrappedKey(id)]);
    }
    let pages = 0;
    expect(await rotate(async () => (pages += 1) <= 1)).toBeLessThan(1_100);
    expect(await rotate()).toBeGreaterThan(100);
    expect(await rotate()).toBe(0);
  });

  it("does not bring back a key that is destroyed meanwhile", async () => {
    const { db } = shop.database;
    const wrapped = vaultWith(testKeys.master).newWrappedKey("77");
    await execute(db, "INSERT INTO pii_key (user_id, wrapped_key) VALUES (77, ?)", [wrapped]);
    const vault = vaultWith(both);
    const destroying: Pick<AddressVault, "rewrap"> = {
      rewrap(old, userId) {
        deleted = deleted.then(() => execute(db, "DELETE FROM pii_key WHERE user_id = 77"));
        return vault.rewrap(old, userId);
      },
    };
    let deleted: Promise<unknown> = Promise.resolve();
    await rewrapKeys({ db, vault: destroying, mayGoOn: async () => true });
    await deleted;
    expect(await rows(db, "SELECT 1 FROM pii_key WHERE user_id = 77")).toEqual([]);
  });

  it("stops at a key that nobody here can open, and loses none", async () => {
    const { db } = shop.database;
    await execute(db, "INSERT INTO pii_key (user_id, wrapped_key) VALUES (78, ?)", [randomBytes(80)]);
    await expect(rotate()).rejects.toMatchObject({ code: "CIPHERTEXT_INVALID" });
    expect(await rows(db, "SELECT 1 FROM pii_key WHERE user_id = 78")).toHaveLength(1);
    await execute(db, "DELETE FROM pii_key WHERE user_id = 78");
  });
});

describe("rotation of the transport key", () => {
  it("takes addresses under either of two keys", async () => {
    const next = randomBytes(32);
    const keys = new Map([...testKeys.transport.keys, ["t2", next]]);
    const seal = (ring: KeyRing) =>
      createFieldCipher(ring).encrypt(JSON.stringify(clearAddress), "users.address.v1:1:2");
    const orders = createAddressVault({ transport: { current: "t1", keys }, master: testKeys.master });
    for (const current of ["t1", "t2"]) {
      const ciphertext = seal({ current, keys });
      expect(orders.openEvent({ addressId: "1", userId: "2", ciphertext })).toEqual(clearAddress);
    }
  });

  it("answers 503, not that the server failed, while the key is unknown here, and places nothing", async () => {
    const [userId, addressId] = ["88", "8801"];
    const ring: KeyRing = { current: "t9", keys: new Map([["t9", randomBytes(32)]]) };
    const place = `users.address.v1:${addressId}:${userId}`;
    const ciphertext = createFieldCipher(ring).encrypt(JSON.stringify(clearAddress), place);
    const value = { addressId, userId, keyId: "t9", ciphertext } as never;
    await shop.harness.deliver(usersAddressV1, AddressChanged, { key: addressId, seq: 1, value });
    await expect(shop.place({ userId, body: { ...wanted, addressId } })).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      status: 503,
    });
    expect(await rows(shop.database.db, "SELECT 1 FROM oms_order WHERE user_id = ?", [userId])).toEqual([]);
  });
});
