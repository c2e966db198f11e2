import { randomInt, randomUUID } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPasswords } from "#platform/security/passwords.ts";
import { openUsers, type OpenOptions, type UsersUnderTest } from "../testing/open-users.ts";
import { chanceTolerance, chanceToTellApart } from "../testing/tell-apart.ts";

const aPhone = () => `137${String(randomInt(1e8)).padStart(8, "0")}`;
const anEmail = () => `${randomUUID()}@example.org`;
const aName = () => `u-${randomUUID()}`;

async function open(options: OpenOptions = {}): Promise<UsersUnderTest> {
  const users = await openUsers(options);
  onTestFinished(() => users.close());
  return users;
}

async function timedLogIn(users: UsersUnderTest, username: string) {
  const started = performance.now();
  const { status, body } = await users.call("POST", "/auth/login", { body: { username, password: "not the one" } });
  return { ms: performance.now() - started, answer: { status, ...body, requestId: "" } };
}

/** Known and unknown names of each kind in turn, so that whatever else the machine does falls on both alike. */
async function tryNames(users: UsersUnderTest, rounds: number) {
  const account = { username: aName(), password: `pass-${randomUUID()}`, phone: aPhone(), email: anEmail() };
  expect((await users.call("POST", "/auth/register", { body: account })).status).toBe(201);
  const makers = [
    { kind: "username", known: account.username, unknown: aName },
    { kind: "phone", known: account.phone, unknown: aPhone },
    { kind: "email", known: account.email, unknown: anEmail },
  ];
  for (const { known, unknown } of makers) for (const name of [known, unknown()]) await timedLogIn(users, name);
  const kinds = makers.map((maker) => ({ ...maker, knownMs: [] as number[], unknownMs: [] as number[] }));
  const answers = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    for (const { known, unknown, knownMs, unknownMs } of kinds) {
      for (const [times, name] of [
        [knownMs, known],
        [unknownMs, unknown()],
      ] as const) {
        const { ms, answer } = await timedLogIn(users, name);
        times.push(ms);
        answers.add(JSON.stringify(answer));
      }
    }
  }
  return { kinds, answers };
}

describe("whether there is such an account", () => {
  it("cannot be told from the answer or its time, whatever kind of name was tried", async () => {
    const { kinds, answers } = await tryNames(await open(), 80);
    expect(answers.size).toBe(1);
    for (const { kind, knownMs, unknownMs } of kinds) {
      const chance = chanceToTellApart(unknownMs, knownMs);
      expect(Math.abs(chance - 0.5), kind).toBeLessThan(chanceTolerance(unknownMs.length, knownMs.length));
    }
  });

  it("could be told, and this test would, were nothing hashed for an unknown name", async () => {
    const passwords = { ...createPasswords(), dummyVerify: async () => false as const };
    const { kinds } = await tryNames(await open({ passwords }), 20);
    for (const { kind, knownMs, unknownMs } of kinds) {
      const chance = chanceToTellApart(unknownMs, knownMs);
      expect(Math.abs(chance - 0.5), kind).toBeGreaterThan(chanceTolerance(unknownMs.length, knownMs.length));
    }
  });
});
