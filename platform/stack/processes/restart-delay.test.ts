import { describe, expect, test } from "vitest";
import { failuresAfterDeath, restartDelayMs } from "./restart-delay.ts";

describe("restart delay", () => {
  test("is short after the first death and doubles up to five seconds", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 20].map(restartDelayMs)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  test("starts again once a process has run for ten seconds", () => {
    expect(failuresAfterDeath(6, 9_999)).toBe(7);
    expect(failuresAfterDeath(6, 10_000)).toBe(1);
  });
});
