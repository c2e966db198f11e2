import { randomInt, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import { refuseDemoAccounts } from "../refuse-demo-accounts.ts";
import { seedAccounts } from "../seed-accounts.ts";
import { openUsers, type UsersUnderTest } from "../testing/open-users.ts";

let users: UsersUnderTest;
beforeAll(async () => {
  users = await openUsers();
});
afterAll(() => users.close());

const aPhone = () => `138${String(randomInt(1e8)).padStart(8, "0")}`;
const anAccount = () => ({
  username: `Ann-${randomUUID()}`,
  password: `pass-${randomUUID()}`,
  phone: aPhone(),
  email: `ann.${randomUUID()}@example.org`,
});
const register = (body: unknown) => users.call<{ userId: string }>("POST", "/auth/register", { body });
const logIn = (username: string, password: string) =>
  users.call("POST", "/auth/login", { body: { username, password } });

describe("register", () => {
  it("opens an account, shows phone and e-mail only masked, and says to others only that it is there", async () => {
    const account = anAccount();
    const { status, body } = await register(account);
    expect(status).toBe(201);
    expect(body).toEqual({
      userId: expect.stringMatching(/^\d+$/) as unknown,
      username: account.username,
      phone: `138****${account.phone.slice(-4)}`,
      email: "a***@example.org",
      level: 0,
      status: "ACTIVE",
    });
    const event = (await users.emitted()).find(({ key }) => key === body.userId);
    expect(event).toMatchObject({ topic: "users.user.v1", name: "UserChanged", seq: 1 });
    expect(event?.value).toEqual({ userId: body.userId, level: 0, status: "ACTIVE" });
  });

  it("refuses a name, phone or e-mail that somebody has, however it is spelt", async () => {
    const taken = anAccount();
    await register(taken);
    const clashes = [
      { ...anAccount(), username: taken.username.toUpperCase() },
      { ...anAccount(), phone: `+86 ${taken.phone.slice(0, 3)} ${taken.phone.slice(3)}` },
      { ...anAccount(), email: taken.email.toUpperCase() },
    ];
    for (const body of clashes) {
      expect(await register(body)).toMatchObject({ status: 409, body: { code: "ACCOUNT_EXISTS" } });
    }
  });

  it("lets only one of two at once have a name", async () => {
    const { username, password } = anAccount();
    const both = await Promise.all([register({ username, password }), register({ username, password })]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });

  it.each([
    ["a short password", { password: "seven77" }],
    ["a password that is tried first", { password: "password123" }],
    ["a name that could be a phone number", { username: "13812345678" }],
    ["a name that could be an e-mail address", { username: "a@example.org" }],
    ["a role", { roles: ["ops"] }],
    ["a status", { status: "ACTIVE" }],
  ])("refuses %s", async (_what, change) => {
    expect(await register({ ...anAccount(), ...change })).toMatchObject({
      status: 400,
      body: { code: "VALIDATION_FAILED" },
    });
  });
});

describe("log in", () => {
  it("knows a user by username, phone and e-mail", async () => {
    const account = anAccount();
    await register(account);
    const { username, phone, email, password } = account;
    for (const name of [username, username.toUpperCase(), phone, `+86${phone}`, email.toUpperCase()]) {
      expect((await logIn(name, password)).status).toBe(200);
    }
  });

  it("gives one answer for a wrong password and for a user that does not exist", async () => {
    const account = anAccount();
    await register(account);
    const answers = [await logIn(account.username, "wrong password"), await logIn("nobody-at-all", account.password)];
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect({ ...body, requestId: "" }).toEqual({ ...answers[0]?.body, requestId: "" });
      expect(body).toMatchObject({ code: "INVALID_CREDENTIALS" });
    }
  });
});

describe("profile", () => {
  it("changes and removes phone and e-mail, and nothing else", async () => {
    const account = anAccount();
    const as = { userId: (await register(account)).body.userId };
    const phone = aPhone();
    const changed = await users.call("PATCH", "/users/me", { as, body: { phone, email: null } });
    expect(changed).toMatchObject({ status: 200, body: { phone: `138****${phone.slice(-4)}`, email: null } });
    expect((await users.call("GET", "/users/me", { as })).body).toEqual(changed.body);
    expect((await logIn(phone, account.password)).status).toBe(200);
    expect((await logIn(account.phone, account.password)).status).toBe(401);
    for (const body of [{ level: 9 }, { roles: ["ops"] }, { username: "other-name" }]) {
      expect((await users.call("PATCH", "/users/me", { as, body })).status).toBe(400);
    }
  });

  it("does not take what belongs to another account", async () => {
    const other = anAccount();
    await register(other);
    const as = { userId: (await register(anAccount())).body.userId };
    const before = (await users.call("GET", "/users/me", { as })).body;
    for (const body of [{ email: other.email.toUpperCase() }, { phone: `+86${other.phone}`, email: null }]) {
      const answer = await users.call("PATCH", "/users/me", { as, body });
      expect(answer).toMatchObject({ status: 409, body: { code: "ACCOUNT_EXISTS" } });
    }
    expect((await users.call("GET", "/users/me", { as })).body).toEqual(before);
    expect((await users.call("PATCH", "/users/me", { as, body: {} })).body).toEqual(before);
  });
});

describe("seed", () => {
  it("makes the demo accounts once, with their roles, and an address for the shopper; production refuses them", async () => {
    const accounts = (["shopper", "merchant", "ops"] as const).map((role) => ({
      role,
      username: `demo-${role}`,
      password: `pass-${randomUUID()}`,
    }));
    const cause = { correlationId: "seed", causationId: "seed", traceparent: "" };
    await seedAccounts(users.deps, accounts, cause);
    await seedAccounts(users.deps, accounts, cause);
    const found = await rows<{ username: string; roles: string; addresses: number }>(
      users.db,
      `SELECT username, roles, (SELECT COUNT(*) FROM ums_address a WHERE a.user_id = u.user_id) AS addresses
       FROM ums_user u WHERE username LIKE 'demo-%' ORDER BY username`,
    );
    expect(found.map(({ addresses, ...row }) => ({ ...row, addresses: Number(addresses) }))).toEqual([
      { username: "demo-merchant", roles: "merchant", addresses: 0 },
      { username: "demo-ops", roles: "ops", addresses: 0 },
      { username: "demo-shopper", roles: "shopper", addresses: 1 },
    ]);
    for (const { username, password } of accounts) expect((await logIn(username, password)).status).toBe(200);
    await refuseDemoAccounts(users, false);
    await expect(refuseDemoAccounts(users, true)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await execute(users.db, "DELETE FROM ums_user WHERE is_demo");
    await refuseDemoAccounts(users, true);
  });
});
