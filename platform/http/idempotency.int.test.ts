import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Knex } from "knex";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectDatabase, execute, inTransaction, rows, type Transaction } from "../database/database.ts";
import { createIdempotencyTable } from "../database/platform-tables.ts";
import { cleanIdempotencyKeys, createIdempotency } from "./idempotency.ts";
import { requestHash } from "./request-hash.ts";
import type { Answer, Refusal } from "./route.ts";

const stack = JSON.parse(readFileSync(process.env["MALL_TEST_STACK"] as string, "utf8")) as {
  mysql: { host: string; port: number; user: string; password: string };
};
const database = `idempotency_${randomBytes(6).toString("hex")}`;
const pools: Knex[] = [];
/** One service instance: a pool and a map of keys in flight of its own. */
function anInstance() {
  const db = connectDatabase({ ...stack.mysql, database });
  pools.push(db);
  return { db, idempotency: createIdempotency({ db }) };
}
const one = anInstance();
const two = anInstance();
const { db, idempotency } = one;

beforeAll(async () => {
  const { host, port, user, password } = stack.mysql;
  const admin = connectDatabase({ host, port, user, password, database: "mysql" });
  pools.push(admin);
  await admin.raw("CREATE DATABASE ??", [database]);
  await createIdempotencyTable(db);
  await db.raw("CREATE TABLE effect (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(20))");
});
beforeEach(async () => {
  await db.raw("DELETE FROM idempotency");
  await db.raw("DELETE FROM effect");
});
afterAll(async () => {
  await db.raw("DROP DATABASE ??", [database]);
  for (const pool of pools) await pool.destroy();
});

const aRequest = ({ scope = "7:POST /things", key = "k", body = { a: 1 } as unknown } = {}) => ({
  scope,
  key,
  hash: requestHash(body),
});
const answer: Answer = { status: 202, body: { id: "1" }, headers: { Location: "/things/1" } };
async function count(table: string): Promise<number> {
  const [row] = await rows<{ n: string }>(db, "SELECT COUNT(*) AS n FROM ??", [table]);
  return Number(row?.n);
}
const effects = (): Promise<number> => count("effect");
const keys = (): Promise<number> => count("idempotency");
const work =
  (result: Answer | Refusal = answer, holdMs = 0) =>
  async (trx: Transaction) => {
    await execute(trx, "INSERT INTO effect (note) VALUES ('x')");
    if (holdMs > 0) await rows(trx, "SELECT SLEEP(?)", [holdMs / 1000]);
    return result;
  };
const codeOf = (outcome: Answer | Refusal): string | number =>
  "refused" in outcome ? outcome.refused : outcome.status;

describe("once", () => {
  test("works, then replays the stored answer with its headers", async () => {
    expect(await idempotency.once(aRequest(), work())).toEqual(answer);
    for (const instance of [one, two]) {
      expect(await instance.idempotency.once(aRequest(), work())).toEqual({
        ...answer,
        headers: { Location: "/things/1", "Idempotency-Replayed": "true" },
      });
    }
    expect(await effects()).toBe(1);
  });

  test("refuses the key with another body; the same key of another scope is another key", async () => {
    await idempotency.once(aRequest(), work());
    expect(await idempotency.once(aRequest({ body: { a: 2 } }), work())).toEqual({
      refused: "IDEMPOTENCY_KEY_REUSED",
      status: 422,
    });
    expect(codeOf(await idempotency.once(aRequest({ scope: "8:POST /things" }), work()))).toBe(202);
    expect(await effects()).toBe(2);
  });

  test("a refusal and a throw leave neither key nor effect, so the next try works", async () => {
    expect(codeOf(await idempotency.once(aRequest(), work({ refused: "NO" })))).toBe("NO");
    const failing = async (trx: Transaction): Promise<Answer> => {
      await execute(trx, "INSERT INTO effect (note) VALUES ('x')");
      throw new Error("boom");
    };
    await expect(idempotency.once(aRequest(), failing)).rejects.toThrow("boom");
    expect([await keys(), await effects()]).toEqual([0, 0]);
    expect(codeOf(await idempotency.once(aRequest(), work()))).toBe(202);
  });

  test("of a hundred parallel twins in one process one works, the others are told to wait", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, () => idempotency.once(aRequest(), work(answer, 100))),
    );
    const codes = outcomes.map(codeOf);
    expect(codes.filter((code) => code === 202)).toHaveLength(1);
    expect(codes.filter((code) => code === "IDEMPOTENCY_KEY_IN_PROGRESS")).toHaveLength(99);
    expect(await effects()).toBe(1);
  });

  test("of a hundred parallel twins in many instances one works, the others replay", async () => {
    const instances = Array.from({ length: 100 }, () =>
      createIdempotency({ db: Math.random() < 0.5 ? one.db : two.db }),
    );
    const outcomes = await Promise.all(instances.map((instance) => instance.once(aRequest(), work(answer, 20))));
    expect(outcomes.map(codeOf)).toEqual(Array(100).fill(202));
    expect(
      outcomes.filter((outcome) => "headers" in outcome && outcome.headers?.["Idempotency-Replayed"]),
    ).toHaveLength(99);
    expect(await effects()).toBe(1);
  });

  test("twins in many instances whose first is refused: one of them works", async () => {
    let first = true;
    const refusedOnce = async (trx: Transaction): Promise<Answer | Refusal> => {
      const result = first ? { refused: "NO" } : answer;
      first = false;
      return work(result, 50)(trx);
    };
    const instances = Array.from({ length: 10 }, (_, n) => createIdempotency({ db: n % 2 ? one.db : two.db }));
    const codes = (await Promise.all(instances.map((instance) => instance.once(aRequest(), refusedOnce)))).map(codeOf);
    expect(codes.filter((code) => code === "NO")).toHaveLength(1);
    expect(codes.filter((code) => code === 202)).toHaveLength(9);
    expect(await effects()).toBe(1);
  });

  test("a twin in another instance waits three seconds at most", async () => {
    let working = false;
    const slow = one.idempotency.once(aRequest(), (trx) => {
      working = true;
      return work(answer, 5_000)(trx);
    });
    await expect.poll(() => working).toBe(true);
    const started = Date.now();
    expect(codeOf(await two.idempotency.once(aRequest(), work()))).toBe("IDEMPOTENCY_KEY_IN_PROGRESS");
    expect(Date.now() - started).toBeLessThan(4_500);
    expect(codeOf(await slow)).toBe(202);
  });
});

describe("begin and finish", () => {
  const finish = (claim: Parameters<typeof idempotency.finish>[1]) =>
    inTransaction(db, async (trx) => {
      await work()(trx);
      await idempotency.finish(trx, claim, answer);
    });
  const claimOf = (begun: Awaited<ReturnType<typeof idempotency.begin>>) => {
    if ("claim" in begun) return begun.claim;
    throw new Error(`no claim but ${JSON.stringify(begun.outcome)}`);
  };

  test("store the answer and replay it", async () => {
    const begun = await idempotency.begin(aRequest(), 30_000);
    expect(begun).toMatchObject({ takenOver: false });
    expect(await two.idempotency.begin(aRequest(), 30_000)).toMatchObject({
      outcome: { refused: "IDEMPOTENCY_KEY_IN_PROGRESS" },
    });
    expect(await two.idempotency.begin(aRequest({ body: 2 }), 30_000)).toMatchObject({
      outcome: { refused: "IDEMPOTENCY_KEY_REUSED" },
    });
    await finish(claimOf(begun));
    expect(await two.idempotency.begin(aRequest(), 30_000)).toMatchObject({
      outcome: { status: 202, headers: { "Idempotency-Replayed": "true" } },
    });
  });

  test("of a hundred parallel twins one gets the claim", async () => {
    const begun = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 2 ? one : two).idempotency.begin(aRequest(), 30_000)),
    );
    expect(begun.filter((each) => "claim" in each)).toHaveLength(1);
  });

  test("an expired claim is taken over by exactly one, and its first holder can no longer finish", async () => {
    const lost = claimOf(await idempotency.begin(aRequest(), 1));
    await expect.poll(() => idempotency.abandoned(10)).toEqual([{ scope: "7:POST /things", key: "k" }]);
    const rivals = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).idempotency.begin(aRequest(), 30_000)),
    );
    const [winner, ...others] = rivals.filter((each) => "claim" in each);
    expect(others).toEqual([]);
    expect(winner).toMatchObject({ takenOver: true });
    await expect(finish(lost)).rejects.toMatchObject({ code: "IDEMPOTENCY_CLAIM_LOST" });
    expect(await effects()).toBe(0);
    await idempotency.release(lost);
    await finish(claimOf(winner!));
    expect(await effects()).toBe(1);
  });

  test("the job takes abandoned claims only, and once", async () => {
    await idempotency.begin(aRequest({ key: "fresh" }), 30_000);
    await idempotency.begin(aRequest({ key: "old" }), 1);
    await expect.poll(() => idempotency.abandoned(10)).toHaveLength(1);
    const [abandoned] = await idempotency.abandoned(10);
    const claims = await Promise.all([one, two, one, two].map((each) => each.idempotency.takeOver(abandoned!, 30_000)));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    expect(await idempotency.takeOver({ scope: "7:POST /things", key: "fresh" }, 30_000)).toBeUndefined();
  });

  test("a released claim leaves the key free", async () => {
    await idempotency.release(claimOf(await idempotency.begin(aRequest(), 30_000)));
    expect(await idempotency.begin(aRequest({ body: 2 }), 30_000)).toMatchObject({ takenOver: false });
  });
});

test("the cleaner forgets answered keys past their time and nothing else", async () => {
  await idempotency.once(aRequest({ key: "old" }), work());
  await idempotency.begin(aRequest({ key: "running" }), 1);
  await db.raw("UPDATE idempotency SET created_at = NOW(3) - INTERVAL 8 DAY");
  await idempotency.once(aRequest({ key: "new" }), work());
  expect(await cleanIdempotencyKeys(db, 7 * 86_400_000)).toBe(1);
  expect(await keys()).toBe(2);
});
