import { describe, expect, test } from "vitest";
import { tryLock } from "./kernel-lock.ts";

describe("kernel lock", () => {
  test("is held by one at a time and free again after its release", async () => {
    const name = `test ${process.pid} ${Date.now()}`;
    const release = await tryLock(name);
    expect(release).toBeDefined();
    expect(await tryLock(name)).toBeUndefined();
    await release?.();
    const again = await tryLock(name);
    expect(again).toBeDefined();
    await again?.();
  });
});
