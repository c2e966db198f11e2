import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute } from "#platform/database/database.ts";
import { eventually } from "#platform/testing/eventually.ts";
import { openUsers, type UsersUnderTest } from "../testing/open-users.ts";

interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
}

let users: UsersUnderTest;
beforeAll(async () => {
  users = await openUsers();
});
afterAll(() => users.close());

async function register() {
  const account = { username: `u-${randomUUID()}`, password: `pass-${randomUUID()}` };
  const { body } = await users.call<{ userId: string }>("POST", "/auth/register", { body: account });
  return { ...account, userId: body.userId };
}

async function signIn(account: { username: string; password: string }): Promise<Tokens> {
  const { username, password } = account;
  const answer = await users.call<Tokens>("POST", "/auth/login", { body: { username, password } });
  expect(answer.status).toBe(200);
  return answer.body;
}

const refresh = (refreshToken: string) => users.call<Tokens>("POST", "/auth/refresh", { body: { refreshToken } });
const logOut = (refreshToken: string) => users.call("POST", "/auth/logout", { body: { refreshToken } });
const sidOf = async (tokens: Tokens) => (await users.verifier.verify(tokens.accessToken))?.sid ?? "";
const isAlive = async (sid: string) => (await users.call("GET", `/internal/sessions/${sid}`)).body;

describe("refresh", () => {
  it("gives an access token of five minutes for the same session, and a new refresh token", async () => {
    const account = await register();
    const first = await signIn(account);
    const second = await refresh(first.refreshToken);
    expect(second).toMatchObject({ status: 200, body: { expiresInSeconds: 300 } });
    expect(second.body.refreshToken).not.toBe(first.refreshToken);
    expect(await users.verifier.verify(second.body.accessToken)).toMatchObject({
      userId: account.userId,
      sid: await sidOf(first),
      roles: ["shopper"],
    });
  });

  it("answers one repeat within ten seconds with the same successor, and takes a second one for theft", async () => {
    const tokens = await signIn(await register());
    const successor = (await refresh(tokens.refreshToken)).body.refreshToken;
    expect((await refresh(tokens.refreshToken)).body.refreshToken).toBe(successor);
    expect((await refresh(tokens.refreshToken)).status).toBe(401);
    expect((await refresh(successor)).status).toBe(401);
    expect(await isAlive(await sidOf(tokens))).toEqual({ alive: false });
  });

  it("gives two parallel refreshes one successor", async () => {
    const tokens = await signIn(await register());
    const both = await Promise.all([refresh(tokens.refreshToken), refresh(tokens.refreshToken)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[0].body.refreshToken).toBe(both[1].body.refreshToken);
    expect((await refresh(both[0].body.refreshToken)).status).toBe(200);
  });

  it("ends the whole family when an old token comes back late", async () => {
    const tokens = await signIn(await register());
    const successor = (await refresh(tokens.refreshToken)).body.refreshToken;
    await execute(users.db, "UPDATE ums_session SET token_at = NOW(3) - INTERVAL 11 SECOND WHERE session_id = ?", [
      await sidOf(tokens),
    ]);
    expect((await refresh(tokens.refreshToken)).status).toBe(401);
    expect((await refresh(successor)).body).toMatchObject({ code: "INVALID_CREDENTIALS" });
    expect(await users.redis.get(`revoked:${await sidOf(tokens)}`)).toBe("1");
    const sid = await sidOf(tokens);
    const logged = users.lines.filter((line) => line.includes(sid)).map((line) => JSON.parse(line) as object);
    expect(logged).toMatchObject([{ security: "refresh-reused", sessionId: sid }]);
  });

  it("is for that alone: its token opens nothing, and an access token gets no new one", async () => {
    const tokens = await signIn(await register());
    expect(await users.verifier.verify(tokens.refreshToken)).toBeUndefined();
    expect((await refresh(tokens.accessToken)).status).toBe(401);
    expect((await logOut(tokens.accessToken)).status).toBe(401);
  });

  it("refuses an invented token of a real session without ending it", async () => {
    const tokens = await signIn(await register());
    const invented = tokens.refreshToken.replace(/[\w-]{43}$/, "A".repeat(43));
    for (const token of [invented, "r1.1.1.x", tokens.accessToken]) expect((await refresh(token)).status).toBe(401);
    expect((await refresh(tokens.refreshToken)).status).toBe(200);
  });

  it("ends 30 days after the log-in, however often it was refreshed", async () => {
    const tokens = await signIn(await register());
    await execute(users.db, "UPDATE ums_session SET expires_at = NOW(3) WHERE session_id = ?", [await sidOf(tokens)]);
    expect((await refresh(tokens.refreshToken)).status).toBe(401);
  });

  it("stores nothing of a token", async () => {
    const tokens = await signIn(await register());
    const [stored] = (await users.db("ums_session").where({ session_id: await sidOf(tokens) })) as object[];
    expect(JSON.stringify(stored)).not.toContain(tokens.refreshToken.slice(-20));
  });
});

describe("the end of a session", () => {
  it("by log-out is in Redis at once, and a second log-out is as good as the first", async () => {
    const tokens = await signIn(await register());
    const sid = await sidOf(tokens);
    expect(await isAlive(sid)).toEqual({ alive: true });
    expect((await logOut(tokens.refreshToken)).status).toBe(204);
    expect(await users.redis.get(`revoked:${sid}`)).toBe("1");
    expect(await users.redis.pttl(`revoked:${sid}`)).toBeGreaterThan(300_000);
    expect((await refresh(tokens.refreshToken)).status).toBe(401);
    expect((await logOut(tokens.refreshToken)).status).toBe(204);
    expect((await logOut("r1.1.1.nothing")).status).toBe(401);
  });

  it("by a new password ends every session of the user and nobody else's", async () => {
    const account = await register();
    const other = await signIn(await register());
    const sessions = [await signIn(account), await signIn(account)];
    const change = { currentPassword: account.password, newPassword: `new-${randomUUID()}` };
    const as = { userId: account.userId };
    const wrong = await users.call("PUT", "/users/me/password", { as, body: { ...change, currentPassword: "wrong" } });
    expect(wrong).toMatchObject({ status: 401, body: { code: "INVALID_CREDENTIALS" } });
    expect((await users.call("PUT", "/users/me/password", { as, body: change })).status).toBe(200);
    for (const session of sessions) {
      expect((await refresh(session.refreshToken)).status).toBe(401);
      expect(await users.redis.get(`revoked:${await sidOf(session)}`)).toBe("1");
    }
    expect((await refresh(other.refreshToken)).status).toBe(200);
    await signIn({ ...account, password: change.newPassword });
  });

  it("leaves no session behind that was begun while the password changed", async () => {
    const account = await register();
    const change = { currentPassword: account.password, newPassword: `new-${randomUUID()}` };
    const { username, password } = account;
    const logIns = Array.from({ length: 6 }, () =>
      users.call<Tokens>("POST", "/auth/login", { body: { username, password } }),
    );
    const changed = users.call("PUT", "/users/me/password", { as: { userId: account.userId }, body: change });
    expect((await changed).status).toBe(200);
    const begun = (await Promise.all(logIns)).filter(({ status }) => status === 200);
    for (const { body } of begun) expect((await refresh(body.refreshToken)).status).toBe(401);
  });

  it("is written to Redis again after Redis lost it", async () => {
    const tokens = await signIn(await register());
    const sid = await sidOf(tokens);
    await logOut(tokens.refreshToken);
    await users.redis.del(`revoked:${sid}`, "revoked:marker");
    expect(await isAlive(sid)).toEqual({ alive: false });
    await eventually(async () => (await users.redis.get("revoked:marker")) === "1");
    expect(await users.redis.get(`revoked:${sid}`)).toBe("1");
  });

  it("of an account that is no longer active takes effect on the next refresh", async () => {
    const account = await register();
    const tokens = await signIn(account);
    await execute(users.db, "UPDATE ums_user SET status = 'DISABLED' WHERE user_id = ?", [account.userId]);
    expect((await refresh(tokens.refreshToken)).status).toBe(401);
    expect(await isAlive(await sidOf(tokens))).toEqual({ alive: false });
    const { username, password } = account;
    const again = await users.call("POST", "/auth/login", { body: { username, password } });
    expect(again).toMatchObject({ status: 401, body: { code: "INVALID_CREDENTIALS" } });
  });
});
