import { randomInt, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { execute, rows } from "#platform/database/database.ts";
import type { Route } from "#platform/http/route.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { usersRoutes } from "./routes.ts";
import { openUsers, type UsersUnderTest } from "./testing/open-users.ts";

let users: UsersUnderTest;
let routes: readonly Route[];
beforeAll(async () => {
  users = await openUsers();
  routes = usersRoutes(users.deps);
});
afterAll(() => users.close());

const CANARY = { receiver: "Kanarienvogel", street: "77 Kanaren Street", phone: "15512344321", mail: "kanarie" };
const aPhone = () => `155${String(randomInt(1e8)).padStart(8, "0")}`;
const anAddress = () => ({
  receiver: CANARY.receiver,
  phone: CANARY.phone,
  region: "Shanghai",
  city: "Shanghai",
  district: "Pudong",
  street: CANARY.street,
});

async function aUser(of = users) {
  const account = {
    username: `u-${randomUUID()}`,
    password: `pass-${randomUUID()}`,
    phone: aPhone(),
    email: `${CANARY.mail}.${randomUUID()}@example.org`,
  };
  const { userId } = (await of.call<{ userId: string }>("POST", "/auth/register", { body: account })).body;
  const as = { userId };
  const path = "/users/me/addresses";
  const { addressId } = (await of.call<{ addressId: string }>("POST", path, { as, body: anAddress() })).body;
  return { ...account, userId, addressId, as };
}

const pathOf = ({ path }: Route) => path.replace("{list}", "white").replaceAll(/\{\w+\}/g, "7");
const bodyOf = ({ body }: Route) => (body === undefined ? undefined : {});

describe("who may call what", () => {
  const callers = { none: [], shopper: ["shopper"], merchant: ["merchant"], ops: ["ops"] } as const;

  it("is as each route says, here too, where the edge has already looked", async () => {
    const wrong: string[] = [];
    for (const route of routes) {
      for (const [caller, roles] of Object.entries(callers)) {
        const as = caller === "none" ? {} : { as: { userId: "7", roles } };
        const { status, body } = await users.call(route.method, pathOf(route), { ...as, body: bodyOf(route) });
        const isOpen = route.access === "anyone" || route.access === caller;
        const refused = status === 403 || (status === 401 && body["code"] === "UNAUTHENTICATED");
        const expected = isOpen ? !refused : status === (caller === "none" ? 401 : 403);
        if (!expected) wrong.push(`${route.method} ${route.path} as ${caller}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("is nothing for whoever comes past the edge, whatever headers they bring", async () => {
    const forged = {
      "Mall-Identity": "v1.e30.AAAA",
      "X-User-Id": "7",
      "X-User-Roles": "ops",
      "X-Forwarded-For": "::1",
    };
    for (const route of routes) {
      const { status } = await users.call(route.method, pathOf(route), { headers: forged, body: bodyOf(route) });
      expect(status, `${route.method} ${route.path}`).toBe(401);
    }
  });
});

describe("what a client may set", () => {
  const valid: Record<string, object> = {
    "POST /auth/register": { username: "some-name", password: "long enough a password" },
    "POST /auth/login": { username: "nobody", password: "x" },
    "POST /auth/refresh": { refreshToken: "x" },
    "POST /auth/logout": { refreshToken: "x" },
    "PATCH /users/me": {},
    "PUT /users/me/password": { currentPassword: "x", newPassword: "long enough a password" },
    "POST /users/me/addresses": anAddress(),
    "PUT /users/me/addresses/{id}": anAddress(),
    "PUT /admin/access-lists/{list}": { userId: "5", reason: "x" },
  };
  const notTheirs = ["userId", "roles", "role", "level", "status", "seq", "owner", "by", "isDemo", "addressId", "id"];

  it("is named for every route with a body", () => {
    const withBody = routes.filter(({ body }) => body !== undefined).map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(valid).sort()).toEqual(withBody.sort());
  });

  it("is what the schema names and nothing beside it", async () => {
    const taken: string[] = [];
    for (const route of routes.filter(({ body }) => body !== undefined)) {
      const name = `${route.method} ${route.path}`;
      for (const field of notTheirs.filter((key) => !(key in (valid[name] ?? {})))) {
        const roles = route.access === "ops" ? ["ops"] : ["shopper"];
        const body = { ...valid[name], [field]: "7" };
        const answer = await users.call(route.method, pathOf(route), { as: { userId: "7", roles }, body });
        if (answer.body["code"] !== "VALIDATION_FAILED") taken.push(`${name} ${field}: ${answer.status}`);
      }
    }
    expect(taken).toEqual([]);
  });
});

describe("what is shown", () => {
  it("is these members and no others, to each role", async () => {
    const { as, addressId, username, password } = await aUser();
    const ops = { userId: "900", roles: ["ops"] };
    const lists = "/admin/access-lists/white";
    await users.call("PUT", lists, { as: ops, body: { userId: "77", reason: "x" } });
    const shown = async (method: string, path: string, call: object) => {
      const { body } = await users.call(method, path, call);
      const item = Array.isArray(body["items"]) ? (body["items"][0] as object) : undefined;
      return [...Object.keys(body), ...Object.keys(item ?? {}).map((key) => `items.${key}`)].join(" ");
    };
    const user = "userId username phone email level status";
    const address = "addressId receiver phone region city district street postalCode isDefault";
    const inItems = (keys: string) => `items nextCursor ${keys.replaceAll(/\b(?=\w)/g, "items.")}`;
    const entry = "address userId reason by at";
    const session = "accessToken expiresInSeconds refreshToken";
    const problem = "type title status code requestId";
    const own = "/users/me/addresses";
    const newName = { username: `u-${randomUUID()}`, password };
    const newPassword = { currentPassword: password, newPassword: `new-${randomUUID()}` };
    expect(await shown("POST", "/auth/register", { body: newName })).toBe(user);
    expect(await shown("POST", "/auth/login", { body: { username, password } })).toBe(session);
    expect(await shown("POST", "/auth/login", { body: { username, password: "wrong" } })).toBe(problem);
    expect(await shown("GET", "/users/me", { as })).toBe(user);
    expect(await shown("PATCH", "/users/me", { as, body: {} })).toBe(user);
    expect(await shown("GET", own, { as })).toBe(inItems(address));
    expect(await shown("POST", own, { as, body: anAddress() })).toBe(address);
    expect(await shown("GET", `${own}/${addressId}`, { as })).toBe(address);
    expect(await shown("PUT", `${own}/${addressId}`, { as, body: anAddress() })).toBe(address);
    expect(await shown("PUT", "/users/me/password", { as, body: newPassword })).toBe(user);
    expect(await shown("GET", lists, { as: ops })).toBe(inItems(entry));
    expect(await shown("PUT", lists, { as: ops, body: { userId: "78", reason: "x" } })).toBe(entry);
    for (const roles of [["shopper"], ["merchant"]]) {
      expect(await shown("GET", lists, { as: { userId: "7", roles } })).toBe(problem);
    }
  });
});

describe("personal data at rest", () => {
  it("does not open in another row, another column or under another's key", async () => {
    const [ann, bob] = [await aUser(), await aUser()];
    const show = (path: string, as: { userId: string }) => users.call("GET", path, { as });
    const swaps = [
      "UPDATE ums_address a JOIN ums_address b ON b.address_id = ? SET a.address_cipher = b.address_cipher WHERE a.address_id = ?",
      "UPDATE pii_key a JOIN pii_key b ON b.user_id = ? SET a.wrapped_key = b.wrapped_key WHERE a.user_id = ?",
    ];
    const second = await users.call<{ addressId: string }>("POST", "/users/me/addresses", {
      as: ann.as,
      body: anAddress(),
    });
    await execute(users.db, swaps[0] ?? "", [ann.addressId, second.body.addressId]);
    const swapped = await show(`/users/me/addresses/${second.body.addressId}`, ann.as);
    expect(swapped).toMatchObject({ status: 500, body: { code: "INTERNAL" } });
    expect(JSON.stringify(swapped.body)).not.toMatch(/Kanar|CIPHERTEXT/);
    expect((await show(`/users/me/addresses/${ann.addressId}`, ann.as)).status).toBe(200);

    await execute(users.db, "UPDATE ums_user SET email_cipher = phone_cipher WHERE user_id = ?", [ann.userId]);
    expect((await show("/users/me", ann.as)).status).toBe(500);
    await execute(users.db, swaps[1] ?? "", [ann.userId, bob.userId]);
    expect((await show("/users/me", bob.as)).status).toBe(500);
  });

  it("is in clear in no table, no event and no line of the log", async () => {
    const user = await aUser();
    await users.call("POST", "/auth/register", { body: { ...user, userId: undefined } });
    const tokens = await users.call<{ accessToken: string; refreshToken: string }>("POST", "/auth/login", {
      body: { username: user.phone, password: user.password },
    });
    await users.call("POST", "/auth/login", { body: { username: user.email, password: `x${user.password}` } });
    const { refreshToken, accessToken } = tokens.body;
    await users.call("POST", "/auth/refresh", { body: { refreshToken } });
    const tables = await rows<{ name: string }>(
      users.db,
      "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()",
    );
    const places = new Map([["log", users.lines.join("")]]);
    for (const { name } of tables) places.set(name, textOf((await users.db(name).select()) as object[]));
    const secrets = [user.password, accessToken, refreshToken, accessToken.slice(-20), refreshToken.slice(-20)];
    const canaries = [...secrets, user.phone, CANARY.phone, "Kanaren", CANARY.receiver, CANARY.mail, user.email];
    expect(places.get("outbox")).toContain("users.address.v1");
    for (const [place, text] of places) {
      for (const canary of canaries) expect(text.includes(canary), `${canary} in ${place}`).toBe(false);
    }
  });
});

/** As text of the bytes, so that a BLOB hides nothing. */
function textOf(found: readonly object[]): string {
  return found
    .flatMap((row) => Object.values(row) as unknown[])
    .map((value) => (Buffer.isBuffer(value) ? value.toString("latin1") : String(value)))
    .join("\n");
}

describe("without Redis", () => {
  it("everything works, nobody gets further than before, and what ended stays ended", async () => {
    const own = await openUsers({ failuresPerMinute: 10 });
    onTestFinished(() => own.close());
    const [ann, bob] = [await aUser(own), await aUser(own)];
    const body = { username: ann.username, password: ann.password };
    await eventually(() => own.redis.status === "ready");
    own.redis.disconnect();
    const { refreshToken } = (await own.call<{ refreshToken: string }>("POST", "/auth/login", { body })).body;
    for (const method of ["GET", "PUT", "DELETE"]) {
      const call = { as: bob.as, body: method === "PUT" ? anAddress() : undefined };
      expect((await own.call(method, `/users/me/addresses/${ann.addressId}`, call)).status).toBe(404);
    }
    expect((await own.call("GET", "/admin/access-lists/black", { as: ann.as })).status).toBe(403);
    expect((await own.call("GET", "/users/me", { headers: { "Mall-Identity": "" } })).status).toBe(401);
    expect((await own.call("POST", "/auth/logout", { body: { refreshToken } })).status).toBe(204);
    expect((await own.call("POST", "/auth/refresh", { body: { refreshToken } })).status).toBe(401);
    const ops = { userId: "900", roles: ["ops"] };
    const entry = { userId: bob.userId, reason: "x" };
    expect((await own.call("PUT", "/admin/access-lists/black", { as: ops, body: entry })).status).toBe(200);
  });
});
