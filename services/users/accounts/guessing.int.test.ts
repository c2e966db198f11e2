import { randomBytes, randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createBlindIndex } from "#platform/security/blind-index.ts";
import { createPasswords, type Passwords } from "#platform/security/passwords.ts";
import { createTokenBuckets } from "#platform/security/token-buckets.ts";
import { stackUnderTest } from "#platform/testing/stack-under-test.ts";
import { openUsers, type UsersUnderTest } from "../testing/open-users.ts";
import { createLoginLimits } from "./login-limits.ts";

const LIMIT = 10;

let users: UsersUnderTest;
let verified = 0;
beforeAll(async () => {
  const real = createPasswords();
  const passwords: Passwords = {
    ...real,
    verifyPassword: (stored, password) => {
      verified += 1;
      return real.verifyPassword(stored, password);
    },
  };
  users = await openUsers({ failuresPerMinute: LIMIT, passwords });
});
afterAll(() => users.close());

async function anAccount() {
  const body = { username: `u-${randomUUID()}`, password: `pass-${randomUUID()}` };
  const { userId } = (await users.call<{ userId: string }>("POST", "/auth/register", { body })).body;
  return { ...body, userId };
}

async function logIn(username: string, password: string, from = "203.0.113.1") {
  const headers = { "Mall-Client-Address": from };
  return users.call("POST", "/auth/login", { body: { username, password }, headers });
}

const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status);
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe("guessing a password", () => {
  it("ends after ten failures a minute from one address, with the right password too, and nowhere else", async () => {
    const { username, password } = await anAccount();
    for (let count = 0; count < LIMIT; count += 1) expect((await logIn(username, "wrong")).status).toBe(401);
    const refused = await logIn(username.toUpperCase(), password);
    expect(refused).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
    const retryAfter = Number(refused.headers.get("retry-after"));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60 / LIMIT);
    expect((await logIn(username, password, "203.0.113.2")).status).toBe(200);
    expect((await logIn((await anAccount()).username, "wrong")).status).toBe(401);
  });

  it("gets no more tries by asking for many at once", async () => {
    const { username } = await anAccount();
    verified = 0;
    const answers = await Promise.all(times(100, () => logIn(username, "wrong")));
    expect(statuses(answers).filter((status) => status === 401)).toHaveLength(LIMIT);
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(100 - LIMIT);
    expect(verified).toBe(LIMIT);
  });

  it("gets no more tries from the many addresses of one IPv6 client", async () => {
    const { username } = await anAccount();
    const answers = await Promise.all(times(20, (index) => logIn(username, "wrong", `2001:db8:1:2::${index + 1}`)));
    expect(statuses(answers).filter((status) => status === 401)).toHaveLength(LIMIT);
  });

  it("is limited alike for names that nobody has", async () => {
    const name = `nobody-${randomUUID()}`;
    const answers = [];
    for (let count = 0; count <= LIMIT; count += 1) answers.push(await logIn(name, "wrong"));
    expect(statuses(answers)).toEqual([...times(LIMIT, () => 401), 429]);
  });

  it("is limited also where the current password is asked for", async () => {
    const { userId, password } = await anAccount();
    const change = (currentPassword: string) =>
      users.call("PUT", "/users/me/password", {
        as: { userId },
        body: { currentPassword, newPassword: `new-${randomUUID()}` },
      });
    for (let count = 0; count < LIMIT; count += 1) expect((await change("wrong")).status).toBe(401);
    expect(await change(password)).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
  });

  it("does not count those who are right, also many at once", async () => {
    const { username, password } = await anAccount();
    const answers = await Promise.all(times(LIMIT + 2, () => logIn(username, password)));
    expect(new Set(statuses(answers))).toEqual(new Set([200]));
    expect((await logIn(username, "wrong")).status).toBe(401);
  });

  it("from everywhere at once stalls nobody who only wants to look, and is cut off", async () => {
    const { userId } = await anAccount();
    let waiting = 80;
    const flood = times(waiting, (index) =>
      logIn(`nobody-${index}`, "wrong", `10.9.${index}.1`).finally(() => (waiting -= 1)),
    );
    for (let count = 0; count < 20; count += 1) {
      expect((await users.call("GET", "/users/me", { as: { userId } })).status).toBe(200);
    }
    expect(waiting).toBeGreaterThan(0);
    const answers = await Promise.all(flood);
    expect(new Set(statuses(answers))).toEqual(new Set([401, 429]));
    const cutOff = answers.find(({ status }) => status === 429);
    expect(cutOff?.body).toMatchObject({ code: "RATE_LIMITED" });
    expect(cutOff?.headers.get("retry-after")).toBe("1");
  });

  it("is told in the security log, without the name or the password", async () => {
    const { username, password, userId } = await anAccount();
    const from = "198.51.100.44";
    await logIn(username, password, from);
    await logIn(username, "wrong", from);
    await logIn("somebody-else\r\nforged", "wrong", from);
    for (let count = 0; count < LIMIT; count += 1) await logIn(username, "wrong", from);
    const logged = users.lines.filter((line) => line.includes(from)).map((line) => JSON.parse(line) as object);
    expect(logged.slice(0, 3)).toMatchObject([
      { security: "login-succeeded", userId },
      { security: "login-failed", userId },
      { security: "login-failed" },
    ]);
    expect(logged.at(-1)).toMatchObject({ security: "login-limited", requestId: expect.any(String) as unknown });
    expect(JSON.stringify(logged)).not.toMatch(new RegExp(`${username}|${password}|wrong|somebody-else`));
  });
});

describe("tries for one name that come while others are held back", () => {
  it("are refused once they have waited for two seconds, and not held back on top", async () => {
    let nowMs = 0;
    let held = 0;
    const limits = createLoginLimits({
      buckets: createTokenBuckets({ redis: users.redis, prefix: `test-${randomUUID()}` }),
      failuresPerMinute: LIMIT,
      index: createBlindIndex(randomBytes(32)),
      monotonicMs: () => nowMs,
      sleep: async () => {
        held += 1;
        nowMs += 1_500;
      },
    });
    const attempt = { name: "held", address: "192.0.2.1" };
    const outcomes = await Promise.all(times(5, () => limits.guard(attempt, async () => "in")));
    const refused = { refused: "RATE_LIMITED", status: 429, retryAfterSeconds: 1 };
    expect(outcomes).toEqual(["in", "in", refused, refused, refused]);
    expect(held).toBe(2);
  });
});

function limitsOn(redis: Redis, slept: number[] = []) {
  return createLoginLimits({
    buckets: createTokenBuckets({ redis, prefix: `test-${randomUUID()}` }),
    failuresPerMinute: LIMIT,
    index: createBlindIndex(randomBytes(32)),
    sleep: async (delayMs) => slept.push(delayMs),
  });
}

describe("a thousand tries from everywhere", () => {
  it("are held back more and more, and never lock out whoever knows the password", async () => {
    const slept: number[] = [];
    const limits = limitsOn(users.redis, slept);
    for (let count = 0; count < 1_000; count += 1) {
      await limits.guard({ name: "victim", address: `10.0.${count % 250}.1` }, async () => undefined);
    }
    expect(slept.slice(0, LIMIT)).toEqual(times(LIMIT, () => 0));
    expect(slept[LIMIT + 20]).toBeGreaterThan(slept[LIMIT + 5] ?? Infinity);
    expect(Math.max(...slept)).toBe(3_000);
    const victim = await limits.guard({ name: "victim", address: "192.0.2.1" }, async () => "in");
    expect([victim, slept.at(-1)]).toEqual(["in", 3_000]);
    await limits.guard({ name: "another", address: "192.0.2.1" }, async () => "in");
    expect(slept.at(-1)).toBe(0);
  });
});

describe("without Redis", () => {
  it("tries are still limited, by each instance for itself", async () => {
    const redis = new Redis({ ...stackUnderTest().redis, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    redis.disconnect();
    onTestFinished(() => redis.disconnect());
    const limits = limitsOn(redis);
    const outcomes = [];
    for (let count = 0; count < LIMIT + 2; count += 1) {
      outcomes.push(await limits.guard({ name: "a", address: "192.0.2.1" }, async () => undefined));
    }
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(LIMIT);
    expect(outcomes.at(-1)).toMatchObject({ refused: "RATE_LIMITED", status: 429 });
    const right = await limits.guard({ name: "a", address: "192.0.2.2" }, async () => "in");
    expect(right).toBe("in");
  });

  it("a try that could not be judged does not count", async () => {
    const limits = limitsOn(users.redis);
    const broken = () => Promise.reject(new Error("the database is away"));
    const attempt = { name: "b", address: "192.0.2.1" };
    for (let count = 0; count < 2 * LIMIT; count += 1) await limits.guard(attempt, broken).catch(() => undefined);
    expect(await limits.guard(attempt, async () => "in")).toBe("in");
  });
});
