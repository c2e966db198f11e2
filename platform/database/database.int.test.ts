import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../errors/app-error.ts";
import { type TestDatabase, openTestDatabase } from "../testing/test-database.ts";
import { databaseNow, execute, inTransaction, rollback, rows } from "./database.ts";
import { sqlErrorKind } from "./sql-errors.ts";

describe("the database", () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase({ service: "database" });
    await database.db.raw("CREATE TABLE thing (id BIGINT UNSIGNED PRIMARY KEY, n INT NOT NULL CHECK (n < 100))");
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await execute(database.db, "DELETE FROM thing");
    await execute(database.db, "INSERT INTO thing VALUES (1, 0), (2, 0)");
  });

  it("keeps ids beyond 2^53 exact, as text", async () => {
    await execute(database.db, "INSERT INTO thing VALUES (?, 3)", ["9223372036854775807"]);
    await execute(database.db, "INSERT INTO thing VALUES (?, 4)", ["9223372036854775806"]);
    const found = await rows(database.db, "SELECT id, n FROM thing WHERE id = ?", ["9223372036854775806"]);
    expect(found).toEqual([{ id: "9223372036854775806", n: 4 }]);
  });

  it("reads committed rows only, in UTC, and waits 3 s for a lock", async () => {
    const [session] = await rows(database.db, "SELECT @@time_zone AS zone, @@innodb_lock_wait_timeout AS wait");
    expect(session).toEqual({ zone: "+00:00", wait: "3" });
    expect(Math.abs((await databaseNow(database.db)).getTime() - Date.now())).toBeLessThan(2_000);
    await inTransaction(database.db, async (trx) => {
      const read = () => rows<{ n: number }>(trx, "SELECT n FROM thing WHERE id = 1");
      expect(await read()).toEqual([{ n: 0 }]);
      await execute(database.db, "UPDATE thing SET n = 5 WHERE id = 1");
      expect(await read()).toEqual([{ n: 5 }]);
    });
  });

  it("tries a transaction again that lost a deadlock, and both take effect", async () => {
    const meet = rendezvous(2);
    const add = (first: number, second: number) =>
      inTransaction(database.db, async (trx) => {
        await execute(trx, "UPDATE thing SET n = n + 1 WHERE id = ?", [first]);
        await meet();
        await execute(trx, "UPDATE thing SET n = n + 1 WHERE id = ?", [second]);
      });
    await Promise.all([add(1, 2), add(2, 1)]);
    expect(await rows(database.db, "SELECT n FROM thing ORDER BY id")).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it("gives up after a bounded number of tries", async () => {
    let tries = 0;
    const conflict = Object.assign(new Error("deadlock"), { errno: 1213 });
    const failing = inTransaction(database.db, async () => {
      tries += 1;
      throw conflict;
    });
    await expect(failing).rejects.toMatchObject({
      code: "DATABASE_BUSY",
      retry: "later",
      status: 503,
    } satisfies Partial<AppError>);
    expect(tries).toBe(4);
  });

  it("undoes everything on purpose and still answers", async () => {
    const answer = await inTransaction(database.db, async (trx): Promise<string> => {
      await execute(trx, "UPDATE thing SET n = 9");
      return rollback("refused");
    });
    expect(answer).toBe("refused");
    expect(await rows(database.db, "SELECT n FROM thing WHERE n = 9")).toEqual([]);
  });

  it("tells kinds of refusal apart and lets no value out with them", async () => {
    const failures = await Promise.all(
      ["INSERT INTO thing VALUES (1, 77)", "UPDATE thing SET n = 177", "UPDATE thing SET m = 77", "nonsense 77"].map(
        (sql) =>
          execute(database.db, sql).then(
            () => undefined,
            (error: unknown) => error as Error,
          ),
      ),
    );
    expect(failures.map(sqlErrorKind)).toEqual(["duplicate", "check", "other", "other"]);
    for (const failure of failures)
      expect(`${failure?.message} ${failure?.stack} ${JSON.stringify(failure)}`).not.toContain("77");
    expect(failures[2]?.message).toContain("Unknown column 'm'");
  });
});

/** Lets nobody through before `count` have come, once. */
function rendezvous(count: number): () => Promise<void> {
  let come = 0;
  let open = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async () => {
    come += 1;
    if (come >= count) open();
    await all;
  };
}
