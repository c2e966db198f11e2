import { describe, expect, test } from "vitest";
import { createPasswords, isCommonPassword } from "./passwords.ts";

describe("passwords", () => {
  test("are hashed with argon2id, 19 MiB, two passes, one lane", async () => {
    const passwords = createPasswords();
    const stored = await passwords.hashPassword("correct horse");
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verifyPassword(stored, "correct horse")).toBe(true);
    expect(await passwords.verifyPassword(stored, "correct house")).toBe(false);
  });

  test("of users that do not exist take as long and are never right", async () => {
    const passwords = createPasswords();
    const stored = await passwords.hashPassword("x");
    await passwords.dummyVerify("x");
    const time = async (work: () => Promise<boolean>): Promise<number> => {
      const started = performance.now();
      for (let n = 0; n < 10; n += 1) expect(await work()).toBe(false);
      return performance.now() - started;
    };
    const [real, dummy] = [
      await time(() => passwords.verifyPassword(stored, "y")),
      await time(() => passwords.dummyVerify("y")),
    ];
    expect(dummy / real).toBeGreaterThan(0.4);
    expect(dummy / real).toBeLessThan(2.5);
  });

  test("a flood is cut off at the length of the queue, and those in it are served", async () => {
    const passwords = createPasswords({ concurrent: 2, queued: 5 });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => passwords.hashPassword("x")));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(7);
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused[0]?.reason).toMatchObject({ code: "RATE_LIMITED", status: 429 });
    await expect(passwords.hashPassword("x")).resolves.toBeTypeOf("string");
  });

  test("that everybody uses are known, whatever their case", () => {
    for (const common of ["password", "12345678", "Password123", "QWERTYUIOP", "iloveyou1"])
      expect(isCommonPassword(common)).toBe(true);
    expect(isCommonPassword("correct horse battery")).toBe(false);
  });
});
